import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIPv4, isIPv6, type LookupFunction } from 'node:net';

/** Code of the error that `guardLookup` gives; never seen by users. */
export const PRIVATE_ADDRESS = 'ERR_PRIVATE_ADDRESS';

/**
 * IANA special-purpose registries (RFC 6890 and its updates): what is not the public internet. Of IPv6 also what was
 * withdrawn and still routes inside networks (site-local fec0::/10), Teredo, which hides an IPv4 address (in 2001::/23),
 * and IPv4-translated addresses (::ffff:0:0:0/96).
 */
const IPV4_RANGES: [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const IPV6_RANGES: [network: string, prefix: number][] = [
  ['::', 128],
  ['::1', 128],
  ['::ffff:0:0:0', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];
/** Prefixes under which an IPv4 address is written as IPv6: mapped, translated (RFC 6052), 6to4. */
const IPV4_IN_IPV6: [network: string, prefix: number, at: number][] = [
  ['::', 96, 96],
  ['::ffff:0:0', 96, 96],
  ['64:ff9b::', 96, 96],
  ['2002::', 16, 16],
];

const privateRanges = blockList(IPV4_RANGES, IPV6_RANGES);
const embeddings = IPV4_IN_IPV6.map(([network, prefix, at]) => ({ list: blockList([], [[network, prefix]]), at }));

/**
 * Whether an IP address is loopback, private, link-local or otherwise not of the public internet; IPv4 inside IPv6
 * counts as the IPv4 address it reaches. Brackets are taken off. `false` for names.
 */
export function isPrivateAddress(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '').split('%', 1)[0]!;
  if (isIPv4(address)) return privateRanges.check(address, 'ipv4');
  if (!isIPv6(address)) return false;
  if (privateRanges.check(address, 'ipv6')) return true;
  return embeddings.some(
    ({ list, at }) => list.check(address, 'ipv6') && privateRanges.check(embeddedIpv4(address, at), 'ipv4'),
  );
}

/**
 * A resolver for sockets that refuses a name when any of its addresses is private. The socket connects to the very
 * address that was checked, so an answer that changes between check and use (DNS rebinding) cannot get through.
 */
export const guardLookup: LookupFunction = (hostname, options, callback) => {
  const wanted = options as LookupOptions;
  lookup(hostname, { ...wanted, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    if (addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(Object.assign(new Error(`"${hostname}" has a private address`), { code: PRIVATE_ADDRESS }), []);
    }
    answer(addresses, wanted, callback);
  });
};

/**
 * Refuses a name that leads to a private address here, before a proxy is asked to connect to it. A name that cannot be looked up
 * here is left to the proxy: behind one, many machines know no names of the internet.
 */
export async function guardName(hostname: string): Promise<void> {
  const addresses = await lookupAll(hostname).catch((): LookupAddress[] => []);
  if (!addresses.some(({ address }) => isPrivateAddress(address))) return;
  throw Object.assign(new Error(`"${hostname}" has a private address`), { code: PRIVATE_ADDRESS });
}

function lookupAll(hostname: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses),
    );
  });
}

function answer(addresses: LookupAddress[], wanted: LookupOptions, callback: Parameters<LookupFunction>[2]): void {
  if (wanted.all) callback(null, addresses);
  else callback(null, addresses[0]!.address, addresses[0]!.family);
}

function blockList(ipv4: [string, number][], ipv6: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6');
  return list;
}

/** The 32 bits that begin at bit `at`. */
function embeddedIpv4(address: string, at: number): string {
  const groups = expand(address);
  const first = at / 16;
  const high = groups[first]!;
  const low = groups[first + 1]!;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight 16-bit groups of a valid IPv6 address. */
function expand(address: string): number[] {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const text = dotted === null ? address : dotted[1]! + dottedGroups(dotted[2]!);
  const [head = '', tail] = text.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(tail === undefined ? 0 : 8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
}

function dottedGroups(ipv4: string): string {
  const [a, b, c, d] = ipv4.split('.').map(Number) as [number, number, number, number];
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
