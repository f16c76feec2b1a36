import { describe, expect, it } from '@jest/globals';
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
