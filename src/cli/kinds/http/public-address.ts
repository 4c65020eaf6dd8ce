import { BlockList, isIPv6 } from "node:net";

/**
 * Who is on the internet: IPv4 and IPv6 global unicast, and IPv4 behind a NAT64 gateway. IPv6 that is not named here is refused, and so
 * is what has its meaning inside one site alone (unique local, link local).
 */
const INTERNET = listOf(["0.0.0.0/0", "2000::/3", "64:ff9b::/96"]);

/** Within it, what IANA's registries of special-purpose addresses keep for other ends. */
const SPECIAL_V4 = [
  "0.0.0.0/8", // this host
  "10.0.0.0/8", // private
  "100.64.0.0/10", // shared by a carrier's customers
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link local, and with it the clouds' metadata services
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, and broadcast
];
const SPECIAL_V6 = [
  "2001::/23", // protocol assignments, Teredo among them
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4, which holds any IPv4 address
  "3fff::/20", // documentation
];
const SPECIAL = listOf([...SPECIAL_V4, ...SPECIAL_V6, ...SPECIAL_V4.map(behindNat64)]);

/** Whether an address is one of the internet's, and not of this machine, its network or a special purpose. */
export function isPublic(address: string): boolean {
  // A list reads an IPv4 address in IPv6 clothes (::ffff:10.0.0.1) as what it is.
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  return INTERNET.check(address, family) && !SPECIAL.check(address, family);
}

function behindNat64(subnet: string): string {
  const [address, bits] = subnet.split("/");
  return `64:ff9b::${address}/${96 + Number(bits)}`;
}

function listOf(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", bits] = subnet.split("/");
    list.addSubnet(address, Number(bits), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return list;
}
