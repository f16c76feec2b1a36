import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { AddressGuard, checkDestinationUrl, ForbiddenAddress, UnsuitableUrl } from './address-guard.js';

const NAMES: Record<string, string[]> = {
  'app.example.com': ['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946'],
  'inside.example.com': ['10.1.2.3'],
  'both.example.com': ['93.184.216.34', '127.0.0.1'],
  'mapped.example.com': ['::ffff:169.254.169.254'],
};

const resolve = (host: string): Promise<{ address: string; family: number }[]> => {
  const addresses = NAMES[host];
  if (!addresses)
    return Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
  return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
};

const guard = new AddressGuard({ resolve });
const inHouse = new AddressGuard({ resolve, allowedNetworks: ['10.0.0.0/8', '127.0.0.0/8', '::1/128'] });

describe('the address guard', () => {
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.9',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '2001:db8::1',
    '3fff::1',
    '100::1',
    '2002:7f00:1::',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '5f00::1',
    '2001::1',
    '4000::1',
    'nonsense',
    '',
  ])('does not permit %s', (address) => {
    expect(guard.permits(address)).toBe(false);
  });

  it.each([
    '93.184.216.34',
    '8.8.8.8',
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700:4700::1111',
    '2a00:1450::1',
    '::ffff:8.8.8.8',
  ])('permits %s', (address) => {
    expect(guard.permits(address)).toBe(true);
  });

  it('permits a private network that the operator named, and no other', () => {
    expect(inHouse.permits('10.9.9.9')).toBe(true);
    expect(inHouse.permits('::ffff:10.9.9.9')).toBe(true);
    expect(inHouse.permits('192.168.0.1')).toBe(false);
  });
});

/** What nobody on the public internet has, or what leads into IPv4 behind our back. */
const REFUSED_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

const REFUSED_V6 = [
  '::/96',
  '::ffff:0:0:0/96', // IPv4-translated, RFC 2765
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32', // Teredo
  '2001::/23',
  '2001:db8::/32',
  '2002::/16', // 6to4
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** The bytes of an address of a network, everything behind its length taken from `chance`. */
function within(network: string, chance: readonly number[]): number[] {
  const [address, length] = ipaddr.parseCIDR(network);
  return address.toByteArray().map((byte, index) => {
    const free = Math.min(8, Math.max(0, 8 * (index + 1) - length));
    const mask = (1 << free) - 1;
    return (byte & ~mask) | ((chance[index] ?? 0) & mask);
  });
}

const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 16, maxLength: 16 });
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Everything that somebody may write for the same IPv4 address, and the IPv6 addresses that lead to it. */
function spellingsOfV4([a = 0, b = 0, c = 0, d = 0]: number[]): string[] {
  const dotted = [a, b, c, d].join('.');
  const groups = `${hex(a)}${hex(b)}:${hex(c)}${hex(d)}`;
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  return [
    dotted,
    [a, b, c, d].map((byte) => `0${byte.toString(8)}`).join('.'),
    [a, b, c, d].map((byte) => `0x${byte.toString(16)}`).join('.'),
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    String(number),
    `0x${number.toString(16)}`,
    `::ffff:${dotted}`,
    `::FFFF:${groups.toUpperCase()}`,
    `0:0:0:0:0:ffff:${groups}`,
    `::ffff:${dotted}%eth0`,
    `::${dotted}`,
    `::${groups}`,
    `::ffff:0:${dotted}`,
    `64:ff9b::${dotted}`,
    `64:ff9b:1::${groups}`,
    `2002:${groups}::1`,
    `2001:0:${groups}::1`,
  ];
}

function spellingsOfV6(octets: number[]): string[] {
  const groups = Array.from(
    { length: 8 },
    (_, index) => `${hex(octets[2 * index]!)}${hex(octets[2 * index + 1]!)}`,
  );
  const short = ipaddr.fromByteArray(octets).toString();
  return [
    groups.join(':'),
    groups.join(':').toUpperCase(),
    short,
    `${short}%1`,
    `${short}%eth0`,
    `[${short}]`,
  ];
}

describe.each([
  ...REFUSED_V4.map((network) => [network, 4] as const),
  ...REFUSED_V6.map((network) => [network, 6] as const),
])('the network %s', (network, family) => {
  const spellings = family === 4 ? spellingsOfV4 : spellingsOfV6;

  it('is refused from its first address to its last, in every spelling', () => {
    for (const chance of [Array<number>(16).fill(0), Array<number>(16).fill(255)]) {
      const permitted = spellings(within(network, chance)).filter((text) => guard.permits(text));
      expect(permitted).toEqual([]);
    }
  });

  it('is refused wherever one looks in it', () => {
    fc.assert(
      fc.property(bytes, (chance) => {
        expect(spellings(within(network, chance)).filter((text) => guard.permits(text))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('an address', () => {
  it('is refused unless it is known to be public: whatever does not parse, whatever was given out to nobody', () => {
    const unreadable = fc.string().filter((text) => !/^[\da-fx.:%]+$/i.test(text));
    fc.assert(fc.property(unreadable, (text) => expect(guard.permits(text)).toBe(false)));
    const outside = bytes.filter(([first = 0]) => first < 0x20 || first > 0x3f);
    fc.assert(
      fc.property(outside, (octets) => {
        fc.pre(!/^::ffff:/.test(ipaddr.fromByteArray(octets).toString()));
        expect(spellingsOfV6(octets).filter((text) => guard.permits(text))).toEqual([]);
      }),
    );
  });

  it('beside the refused networks is permitted', () => {
    const beside = [
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '126.255.255.255',
      '128.0.0.0',
      '169.253.255.255',
    ];
    const more = [
      '172.15.255.255',
      '192.0.1.0',
      '192.88.98.255',
      '192.169.0.0',
      '198.17.255.255',
      '198.20.0.0',
    ];
    const last = ['223.255.255.255', '2001:200::', '2003::', '2a00::1', '3ffe::'];
    for (const address of [...beside, ...more, ...last])
      expect([address, guard.permits(address)]).toEqual([address, true]);
  });
});

describe('the port of a destination', () => {
  const allowing = (text: [number, number][]): AddressGuard =>
    new AddressGuard({ resolve, allowedPorts: text.map(([from, to]) => ({ from, to })) });

  it.each([443, 8443, 8080, 65_535, 80])('%i may be called unless the operator says otherwise', (port) => {
    expect(guard.permitsPort(port)).toBe(true);
  });

  it.each([0, 22, 25, 110, 445, 1_023, 5_432, 6_379, 9_200, 11_211, 2_375, 10_250])('%i may not', (port) => {
    expect(guard.permitsPort(port)).toBe(false);
  });

  it('of a database may be called where the operator names it by itself', () => {
    expect(allowing([[1, 65_535]]).permitsPort(9_200)).toBe(false);
    expect(
      allowing([
        [443, 443],
        [9_200, 9_200],
      ]).permitsPort(9_200),
    ).toBe(true);
  });

  it('is refused when a destination is made, with the setting that would allow it', async () => {
    const made = checkDestinationUrl('https://app.example.com:5432/', guard);
    await expect(made).rejects.toThrow(
      'The port 5432 must not be called. The operator can allow it with ROLLCALL_ALLOWED_PORTS.',
    );
    await checkDestinationUrl('https://app.example.com:444/', allowing([[444, 444]]));
    await expect(checkDestinationUrl('https://app.example.com/', allowing([[444, 444]]))).rejects.toThrow(
      'port 443',
    );
  });
});

describe('the URL of a destination', () => {
  const problemOf = async (url: string, by = guard): Promise<string | undefined> => {
    try {
      await checkDestinationUrl(url, by);
      return undefined;
    } catch (error) {
      if (error instanceof UnsuitableUrl) return error.code;
      throw error;
    }
  };

  it.each([
    ['https://app.example.com/hooks?x=1', undefined],
    ['http://app.example.com/hooks', 'https_required'],
    ['https://user:secret@app.example.com/', 'credentials_in_url'],
    ['https://app.example.com/#part', 'fragment_in_url'],
    ['https://app.example.com/#', 'fragment_in_url'],
    ['https://nowhere.example.com/', 'host_unknown'],
    ['https://inside.example.com/', 'forbidden_address'],
    ['https://both.example.com/', 'forbidden_address'],
    ['https://mapped.example.com/', 'forbidden_address'],
    ['https://127.0.0.1/', 'forbidden_address'],
    ['https://2130706433/', 'forbidden_address'],
    ['https://0x7f.1/', 'forbidden_address'],
    ['https://0177.0.0.1/', 'forbidden_address'],
    ['https://[::1]/', 'forbidden_address'],
    ['https://[::ffff:169.254.169.254]/', 'forbidden_address'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'forbidden_address'],
    ['https://①②⑦.⓪.⓪.①/', 'forbidden_address'],
    ['ftp://app.example.com/', 'not_a_url'],
    ['javascript:alert(1)', 'not_a_url'],
    ['app.example.com', 'not_a_url'],
    ['', 'not_a_url'],
  ])('%s: %s', async (url, expected) => {
    expect(await problemOf(url)).toBe(expected);
  });

  it.each([
    ['http://inside.example.com/', undefined],
    ['http://127.0.0.1:8080/', undefined],
    ['http://[::1]:8080/', undefined],
    ['https://inside.example.com/', undefined],
    ['http://both.example.com/', 'https_required'],
    ['http://app.example.com/', 'https_required'],
    ['http://192.168.0.1/', 'forbidden_address'],
  ])('%s, where the operator allowed 10/8 and the loopback: %s', async (url, expected) => {
    expect(await problemOf(url, inHouse)).toBe(expected);
  });

  it('is judged by its address only where a proxy resolves names', async () => {
    const proxied = new AddressGuard({
      namesAreProxied: true,
      allowedNetworks: ['10.0.0.0/8'],
      resolve: () => Promise.reject(new Error('nobody should ask DNS')),
    });
    expect(await problemOf('https://nowhere.example.com/', proxied)).toBeUndefined();
    expect(await problemOf('http://nowhere.example.com/', proxied)).toBe('https_required');
    expect(await problemOf('https://192.168.0.1/', proxied)).toBe('forbidden_address');
    expect(await problemOf('http://10.0.0.1/', proxied)).toBeUndefined();
  });

  it('says in the error which address it was, and what the operator can do', async () => {
    await expect(checkDestinationUrl('https://inside.example.com/', guard)).rejects.toThrow(
      /10\.1\.2\.3.*ROLLCALL_ALLOWED_PRIVATE_NETWORKS/,
    );
  });
});

describe('at the moment of connecting', () => {
  const lookedUp = (by: AddressGuard, host: string, plain = false, all = true): Promise<unknown> =>
    new Promise((done, fail) =>
      by.lookup({ plain })(host, { all }, (error, address) => (error ? fail(error) : done(address))),
    );

  it('hands over exactly the addresses that were checked', async () => {
    expect(await lookedUp(guard, 'app.example.com')).toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '2606:2800:220:1:248:1893:25c8:1946', family: 6 },
    ]);
    expect(await lookedUp(guard, 'app.example.com', false, false)).toBe('93.184.216.34');
  });

  it('refuses a host whose name has moved inside since it was checked', async () => {
    let address = '93.184.216.34';
    const moving = new AddressGuard({ resolve: () => Promise.resolve([{ address, family: 4 }]) });
    await checkDestinationUrl('https://moving.example.com/', moving);
    address = '127.0.0.1';
    await expect(lookedUp(moving, 'moving.example.com')).rejects.toThrow(ForbiddenAddress);
  });

  it('refuses plain HTTP to the public internet, also when the name lived in an allowed network once', async () => {
    await expect(lookedUp(inHouse, 'app.example.com', true)).rejects.toThrow(ForbiddenAddress);
    expect(await lookedUp(inHouse, 'inside.example.com', true)).toEqual([{ address: '10.1.2.3', family: 4 }]);
  });
});
