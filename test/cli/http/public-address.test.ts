import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isPublic } from "../../../src/cli/kinds/http/public-address.js";

const PUBLIC = [
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001:830::200e",
  "3ffe:ffff::1",
  "::ffff:8.8.8.8",
  "64:ff9b::8.8.8.8",
];

const PRIVATE = {
  "this host": ["0.0.0.0", "0.255.255.255", "::"],
  loopback: ["127.0.0.1", "127.255.255.254", "::1"],
  "RFC 1918": ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
  "a carrier's customers": ["100.64.0.0", "100.127.255.255"],
  "link local and metadata": ["169.254.0.1", "169.254.169.254", "fe80::1", "fe80::1%eth0", "fd00:ec2::254"],
  "unique local": ["fc00::1", "fdff:ffff::1"],
  multicast: ["224.0.0.1", "239.255.255.255", "ff02::1"],
  "reserved and broadcast": ["240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.0.170"],
  documentation: ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
  "IPv4 in IPv6": [
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:a9fe:a9fe",
    "0:0:0:0:0:ffff:10.0.0.1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::10.0.0.1",
    "2002:7f00:1::1",
    "2001:0:7f00:1::1",
  ],
  "site local, discard, nothing": ["fec0::1", "100::1", "4000::1", "no address", ""],
};

describe("an address", () => {
  for (const address of PUBLIC) it(`${address} is public`, () => assert.equal(isPublic(address), true));
  for (const [what, addresses] of Object.entries(PRIVATE)) {
    it(`of ${what} is not`, () => {
      for (const address of addresses) assert.equal(isPublic(address), false, address);
    });
  }

  it("of IPv4 is the same in IPv6 clothes, however it is written", () => {
    const often = fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 224, 240);
    const byte = fc.nat(255);
    fc.assert(
      fc.property(fc.tuple(fc.oneof(often, byte), byte, byte, byte), (bytes) => {
        const dotted = bytes.join(".");
        const hex = Buffer.from(bytes)
          .toString("hex")
          .replace(/(.{4})(.{4})/, "$1:$2");
        for (const prefix of ["::ffff:", "0:0:0:0:0:FFFF:", "64:ff9b::"]) {
          for (const written of [dotted, hex])
            assert.equal(isPublic(prefix + written), isPublic(dotted), prefix + written);
        }
        assert.equal(isPublic(`::${dotted}`) || isPublic(`2002:${hex}::1`), false);
      }),
      { numRuns: 2_000 },
    );
  });
});
