package dev.toolwright.egress;

import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What somebody narrows the reach of requests to: nothing but these destinations, and never those.
/// Whatever the rules say, they open nothing: a request must be admitted by the server's policy as
/// well. Immutable.
public final class EgressRules {
  /// What an entry may be, to go on from its name.
  public static final String FAULT =
      "is no host, *.host, address or CIDR block with an optional :port, and optionally http://,"
          + " https:// or tcp:// before it";

  private static final EgressRules OPEN = new EgressRules(null, List.of());

  private final @Nullable List<EgressRule> only;
  private final List<EgressRule> deny;

  private EgressRules(@Nullable List<EgressRule> only, List<EgressRule> deny) {
    this.only = only == null ? null : List.copyOf(only);
    this.deny = List.copyOf(deny);
  }

  /// Narrows nothing.
  public static EgressRules open() {
    return OPEN;
  }

  /// @param only nothing else is reached; null: whatever is not denied
  /// @throws IllegalArgumentException for an entry that is none
  public static EgressRules of(@Nullable List<String> only, List<String> deny) {
    return new EgressRules(only == null ? null : parsed(only), parsed(deny));
  }

  static EgressRules ofParsed(@Nullable List<EgressRule> only, List<EgressRule> deny) {
    return new EgressRules(only, deny);
  }

  /// Nothing but these hosts, by https on its usual port unless an entry says otherwise. No entry
  /// may be a block of addresses or every host.
  ///
  /// @throws IllegalArgumentException for an entry that is none
  public static EgressRules onlyHosts(List<String> hosts) {
    return new EgressRules(
        hosts.stream().map(host -> host(host).orElseThrow(IllegalArgumentException::new)).toList(),
        List.of());
  }

  /// Whether [#onlyHosts] takes this entry.
  public static boolean isHost(String entry) {
    return host(entry).isPresent();
  }

  /// Whether [#of] takes this entry.
  public static boolean isRule(String entry) {
    return EgressRule.parse(entry).isPresent();
  }

  private static Optional<EgressRule> host(String entry) {
    return EgressRule.parse(entry)
        .filter(rule -> !rule.scheme().equals(Origin.TCP))
        .flatMap(rule -> host(rule.where()).map(where -> host(rule, where)));
  }

  private static Optional<EgressRule.Where> host(EgressRule.Where where) {
    return switch (where) {
      case EgressRule.Where.Name name -> Optional.of(name);
      case EgressRule.Where.Block(var block) when block.single() ->
          Optional.of(new EgressRule.Where.Literal(block));
      case EgressRule.Where.Anywhere _, EgressRule.Where.Block _, EgressRule.Where.Literal _ ->
          Optional.empty();
    };
  }

  private static EgressRule host(EgressRule rule, EgressRule.Where where) {
    var scheme = rule.scheme().equals(EgressRule.ANY_SCHEME) ? "https" : rule.scheme();
    var usual = scheme.equals("https") ? 443 : 80;
    return new EgressRule(scheme, where, rule.port() == EgressRule.ANY_PORT ? usual : rule.port());
  }

  private static List<EgressRule> parsed(List<String> entries) {
    var rules = new ArrayList<EgressRule>();
    for (var entry : entries) {
      rules.add(EgressRule.parse(entry).orElseThrow(IllegalArgumentException::new));
    }
    return rules;
  }

  /// These rules, which also let pass what the rule names unless it is denied.
  EgressRules alsoAdmitting(EgressRule rule) {
    return only == null
        ? this
        : new EgressRules(Stream.concat(only.stream(), Stream.of(rule)).toList(), deny);
  }

  /// Whether a request to this address may be admitted, as far as its text tells.
  ///
  /// @throws IllegalArgumentException with a sentence, if no request can go there
  public boolean mayAdmit(URI address) {
    return !excludes(Destination.of(address).origin());
  }

  /// Whether no address of this origin can be admitted, so that nobody need ask for them: asking
  /// tells the name's server something too.
  boolean excludes(Origin to) {
    var literal = Cidr.literal(to.host());
    return literal == null
        ? (only != null && only.stream().noneMatch(rule -> rule.mayMatch(to)))
            || deny.stream().anyMatch(rule -> rule.matches(to, List.of()))
        : !admits(to, literal);
  }

  boolean admits(Origin to, InetAddress address) {
    var forms = AddressSpace.forms(address.getAddress());
    return deny.stream().noneMatch(rule -> rule.matches(to, forms))
        && (only == null
            || forms.stream()
                .allMatch(form -> only.stream().anyMatch(rule -> rule.matches(to, List.of(form)))));
  }
}
