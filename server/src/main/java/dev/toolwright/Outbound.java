package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.config.SettingsFault;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressPolicy;
import dev.toolwright.egress.MalformedEgressPolicy;
import dev.toolwright.egress.Resolver;
import dev.toolwright.model.ModelSettings;
import dev.toolwright.model.Models;
import java.util.List;

/// What the settings say about the way out.
final class Outbound {
  private Outbound() {}

  /// @throws SettingsFault with what is wrong
  static EgressPolicy policy(Settings settings) {
    try {
      return EgressPolicy.parse(
          String.join(",", settings.egressAllow()),
          String.join(",", settings.egressDeny()),
          String.join(",", settings.egressOnly()));
    } catch (MalformedEgressPolicy e) {
      throw new SettingsFault(e.faults());
    }
  }

  /// @throws SettingsFault with what is wrong
  static EgressPolicy driverPolicy(Settings settings) {
    try {
      return EgressPolicy.ofDrivers(
          String.join(",", settings.driverHosts()), String.join(",", settings.egressDeny()));
    } catch (MalformedEgressPolicy e) {
      throw new SettingsFault(e.faults());
    }
  }

  /// The operator's own models are reached because they are configured; tools get no nearer to them
  /// by that.
  ///
  /// @throws SettingsFault with what is wrong
  static Models models(Shared shared, EgressPolicy policy, Resolver resolver) {
    try {
      var settings = shared.settings();
      var configured = new ModelSettings(settings.models().byName(), settings.modelAliases());
      var allowed = policy;
      for (var address : configured.addresses()) {
        allowed = allowed.alsoAllowing(address);
      }
      return new Models(
          configured, shared.keep(new Egress(allowed, resolver))::stream, shared.clock());
    } catch (IllegalArgumentException e) {
      throw new SettingsFault(List.of(String.valueOf(e.getMessage())));
    }
  }
}
