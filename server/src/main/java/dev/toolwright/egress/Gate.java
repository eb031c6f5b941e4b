package dev.toolwright.egress;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;

/// Finds the addresses of an origin and lets pass those only that the policy and every further rule
/// admit. A name that no rule can admit is not even looked up.
final class Gate implements AutoCloseable {
  /// The same for a name that does not exist, so that nobody can ask which internal names do.
  static final String REFUSAL = "The address of this request is not allowed or does not exist";

  private final EgressPolicy policy;
  private final Lookups lookups;

  Gate(EgressPolicy policy, Resolver resolver) {
    this(policy, new Lookups(resolver));
  }

  private Gate(EgressPolicy policy, Lookups lookups) {
    this.policy = policy;
    this.lookups = lookups;
  }

  /// One that admits this address and nothing else.
  Gate only(URI address) {
    return new Gate(EgressPolicy.only(address), lookups);
  }

  /// Every address of `to`, at least one.
  ///
  /// @param sent what to say of the request when it ends here
  List<InetAddress> addresses(Origin to, List<EgressRules> rules, boolean sent)
      throws EgressException, InterruptedException {
    if (policy.excludes(to) || rules.stream().anyMatch(rule -> rule.excludes(to))) {
      throw refused(sent);
    }
    var literal = Cidr.literal(to.host());
    var addresses = literal == null ? resolved(to, sent) : List.of(literal);
    for (var address : addresses) {
      if (!policy.admits(to, address)
          || rules.stream().anyMatch(rule -> !rule.admits(to, address))) {
        throw refused(sent);
      }
    }
    return addresses;
  }

  private List<InetAddress> resolved(Origin to, boolean sent)
      throws EgressException, InterruptedException {
    try {
      var addresses = lookups.resolve(to.host());
      if (addresses.length > 0) {
        return List.of(addresses);
      }
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof UnknownHostException)) {
        throw new IllegalStateException("The resolver failed", e.getCause());
      }
    } catch (RejectedExecutionException e) {
      throw new EgressException(
          EgressException.Kind.UNREACHABLE,
          "Too many names are being looked up at once; try again shortly",
          sent);
    }
    throw policy.names(to)
        ? new EgressException(
            EgressException.Kind.UNREACHABLE, "The name of the server does not resolve", sent)
        : refused(sent);
  }

  private static EgressException refused(boolean sent) {
    return new EgressException(EgressException.Kind.DENIED, REFUSAL, sent);
  }

  @Override
  public void close() {
    lookups.close();
  }
}
