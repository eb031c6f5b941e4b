package dev.toolwright.egress;

import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Which destinations the server may reach. Immutable.
///
/// The public internet is open on every port; every other address is closed. An allow rule opens
/// exactly what it names, a deny rule closes what it names and wins; with a list of the only
/// destinations, all others are closed. Addresses where clouds hand out credentials stay closed
/// unless a rule allows that very address: a wide block or a name is not enough.
public final class EgressPolicy {
  private final List<EgressRule> allow;
  private final EgressRules rules;

  private EgressPolicy(List<EgressRule> allow, EgressRules rules) {
    this.allow = List.copyOf(allow);
    this.rules = rules;
  }

  /// The public internet and nothing else.
  public static EgressPolicy publicOnly() {
    return new EgressPolicy(List.of(), EgressRules.open());
  }

  /// Reads comma-separated lists of `host`, `*.host`, address or CIDR block, each also with `:port`
  /// (IPv6 then in brackets) and `http://` or `https://`. `*.host` does not include `host` itself.
  ///
  /// @throws MalformedEgressPolicy with every entry that cannot be read
  public static EgressPolicy parse(String allow, String deny) throws MalformedEgressPolicy {
    return parse(allow, deny, "");
  }

  /// @param only with any entry, nothing else is reached
  /// @throws MalformedEgressPolicy with every entry that cannot be read
  public static EgressPolicy parse(String allow, String deny, String only)
      throws MalformedEgressPolicy {
    var faults = new ArrayList<String>();
    var opened = rules("allow", allow, false, faults);
    var closed = rules("deny", deny, true, faults);
    var all = rules("only", only, true, faults);
    if (!faults.isEmpty()) {
      throw new MalformedEgressPolicy(faults);
    }
    return new EgressPolicy(opened, EgressRules.ofParsed(all.isEmpty() ? null : all, closed));
  }

  /// For drivers that open their sockets themselves: these hosts are open, wherever they lie, and
  /// nothing else is.
  ///
  /// @throws MalformedEgressPolicy with every entry that cannot be read
  public static EgressPolicy ofDrivers(String hosts, String deny) throws MalformedEgressPolicy {
    var faults = new ArrayList<String>();
    var opened = rules("driver", hosts, false, faults);
    var closed = rules("deny", deny, true, faults);
    if (!faults.isEmpty()) {
      throw new MalformedEgressPolicy(faults);
    }
    return new EgressPolicy(opened, EgressRules.ofParsed(opened, closed));
  }

  /// This policy, opened for host and port of an address that the operator configured.
  ///
  /// @throws IllegalArgumentException with a sentence, if it is no http(s) address
  public EgressPolicy alsoAllowing(URI base) {
    var rule = rule(base);
    return new EgressPolicy(
        Stream.concat(allow.stream(), Stream.of(rule)).toList(), rules.alsoAdmitting(rule));
  }

  /// Host and port of this address and nothing else, wherever they lie.
  ///
  /// @throws IllegalArgumentException with a sentence, if it is no http(s) address
  static EgressPolicy only(URI base) {
    var rule = List.of(rule(base));
    return new EgressPolicy(rule, EgressRules.ofParsed(rule, List.of()));
  }

  private static EgressRule rule(URI base) {
    var destination = Destination.of(base);
    var literal = destination.literal();
    EgressRule.Where where =
        literal == null
            ? new EgressRule.Where.Name(destination.host(), false)
            : new EgressRule.Where.Block(Cidr.of(literal));
    return new EgressRule(EgressRule.ANY_SCHEME, where, destination.port());
  }

  /// Whether a connection for `to` may go to `address`.
  boolean admits(Origin to, InetAddress address) {
    return rules.admits(to, address)
        && AddressSpace.forms(address.getAddress()).stream().allMatch(form -> opens(to, form));
  }

  /// Whether none of its addresses can be admitted.
  boolean excludes(Origin to) {
    return rules.excludes(to);
  }

  /// Whether the operator named this host: then how it fails need not be hidden.
  boolean names(Origin to) {
    return allow.stream().anyMatch(rule -> rule.matches(to, List.of()));
  }

  private boolean opens(Origin to, byte[] form) {
    if (AddressSpace.isMetadata(form)) {
      return allow.stream().anyMatch(rule -> rule.isVery(to, form));
    }
    return AddressSpace.isPublic(form)
        || allow.stream().anyMatch(rule -> rule.matches(to, List.of(form)));
  }

  /// @param anywhere whether `*` is an entry: one that opens every private address would be a slip
  private static List<EgressRule> rules(
      String list, String text, boolean anywhere, List<String> faults) {
    var rules = new ArrayList<EgressRule>();
    for (var part : text.split(",", -1)) {
      var entry = part.strip();
      if (!entry.isEmpty()) {
        EgressRule.parse(entry)
            .filter(rule -> anywhere || !rule.isAnywhere())
            .ifPresentOrElse(
                rules::add,
                () ->
                    faults.add(
                        "The egress "
                            + list
                            + " list has '"
                            + entry
                            + "', which "
                            + EgressRules.FAULT));
      }
    }
    return rules;
  }
}
