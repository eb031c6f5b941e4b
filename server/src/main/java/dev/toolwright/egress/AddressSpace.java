package dev.toolwright.egress;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// What the IANA registries of special-purpose addresses say about an address. The predicates of
/// `InetAddress` are no policy: they know neither 100.64.0.0/10 nor fc00::/7 nor any IPv6 form that
/// embeds an IPv4 address.
final class AddressSpace {
  private static final List<Cidr> SPECIAL_V4 =
      blocks(
          "0.0.0.0/8", // this network
          "10.0.0.0/8", // private
          "100.64.0.0/10", // shared by carriers
          "127.0.0.0/8", // loopback
          "169.254.0.0/16", // link-local
          "172.16.0.0/12", // private
          "192.0.0.0/24", // protocol assignments
          "192.0.2.0/24", // documentation
          "192.88.99.0/24", // former 6to4 relays
          "192.168.0.0/16", // private
          "198.18.0.0/15", // benchmarks
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4"); // reserved, broadcast

  /// All of IPv6 that is handed out for the public; anything else is special.
  private static final Cidr UNICAST_V6 = Cidr.of("2000::/3");

  private static final List<Cidr> SPECIAL_V6 =
      blocks(
          "2001::/23", // protocol assignments, with Teredo, ORCHID and benchmarks
          "2001:db8::/32", // documentation
          "2002::/16", // 6to4
          "3fff::/20"); // documentation

  /// Where clouds answer with credentials. 168.63.129.16 is a public address by number.
  private static final List<Cidr> METADATA =
      blocks(
          "169.254.169.254", // most clouds
          "169.254.170.2", // container credentials
          "169.254.170.23",
          "169.254.42.42",
          "169.254.0.23",
          "100.100.100.200",
          "192.0.0.192",
          "168.63.129.16",
          "fd00:ec2::254",
          "fd00:ec2::23",
          "fd20:ce::254",
          "fd00:42::42");

  private static final Cidr MAPPED = new Cidr(mappedPrefix(), 96);
  private static final Cidr COMPATIBLE = Cidr.of("::/96");
  private static final Cidr NAT64 = Cidr.of("64:ff9b::/96");
  private static final Cidr NAT64_LOCAL = Cidr.of("64:ff9b:1::/48");
  private static final Cidr SIX_TO_FOUR = Cidr.of("2002::/16");
  private static final Cidr TEREDO = Cidr.of("2001::/32");

  private AddressSpace() {}

  /// Whether the address belongs to the public internet.
  static boolean isPublic(byte[] address) {
    if (address.length == 4) {
      return SPECIAL_V4.stream().noneMatch(block -> block.contains(address));
    }
    return UNICAST_V6.contains(address)
        && SPECIAL_V6.stream().noneMatch(block -> block.contains(address));
  }

  static boolean isMetadata(byte[] address) {
    return METADATA.stream().anyMatch(block -> block.contains(address));
  }

  /// The address and every IPv4 address that it embeds: a packet to the one may reach the other.
  static List<byte[]> forms(byte[] address) {
    var forms = new ArrayList<byte[]>();
    forms.add(address);
    if (address.length == 4) {
      return forms;
    }
    if (Stream.of(MAPPED, NAT64, NAT64_LOCAL).anyMatch(block -> block.contains(address))
        || isCompatible(address)
        || isIsatap(address)) {
      forms.add(Arrays.copyOfRange(address, 12, 16));
    }
    if (NAT64_LOCAL.contains(address)) {
      // With a /48 prefix the IPv4 address lies around the byte that is always zero.
      forms.add(new byte[] {address[6], address[7], address[9], address[10]});
    }
    if (SIX_TO_FOUR.contains(address)) {
      forms.add(Arrays.copyOfRange(address, 2, 6));
    }
    if (TEREDO.contains(address)) {
      forms.add(Arrays.copyOfRange(address, 4, 8));
      var client = Arrays.copyOfRange(address, 12, 16);
      for (var i = 0; i < client.length; i++) {
        client[i] ^= (byte) 0xff;
      }
      forms.add(client);
    }
    return forms;
  }

  private static boolean isCompatible(byte[] address) {
    // `::` and `::1` lie in the same block and embed nothing.
    return COMPATIBLE.contains(address) && address[12] != 0;
  }

  private static boolean isIsatap(byte[] address) {
    return (address[8] & 0xfd) == 0
        && address[9] == 0
        && address[10] == 0x5e
        && address[11] == (byte) 0xfe;
  }

  private static byte[] mappedPrefix() {
    // Not written as text: `InetAddress` turns that into an IPv4 address.
    var prefix = new byte[16];
    prefix[10] = (byte) 0xff;
    prefix[11] = (byte) 0xff;
    return prefix;
  }

  private static List<Cidr> blocks(String... texts) {
    return Stream.of(texts).map(Cidr::of).toList();
  }
}
