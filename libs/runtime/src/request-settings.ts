/** The settings of how strangers are called: which ports, and through what. A part of the table in config.ts. */
import type { Setting } from './config.js';
import * as value from './setting-values.js';

export interface RequestConfig {
  readonly allowedPorts: readonly value.PortRange[];
  readonly egressProxy: string | undefined;
  readonly egressProxyResolves: boolean;
}

export const REQUEST_SETTINGS: { readonly [Field in keyof RequestConfig]: Setting<RequestConfig[Field]> } = {
  allowedPorts: {
    name: 'ROLLCALL_ALLOWED_PORTS',
    default: '80,443,1024-65535',
    sentence:
      'Ports and ranges of them, separated by commas, that destinations may be called at. A range leaves out the ports of ' +
      'databases, caches, queues and clusters (docs/delivery/requests.md lists them); name such a port by itself to allow it.',
    secret: false,
    read: value.ports,
  },
  egressProxy: {
    name: 'ROLLCALL_EGRESS_PROXY',
    sentence:
      'A proxy (`http://user:password@host:port`, or `https://`) that all calls to destinations go through, by CONNECT. ' +
      '`HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are not looked at.',
    secret: true,
    read: value.proxyAddress,
  },
  egressProxyResolves: {
    name: 'ROLLCALL_EGRESS_PROXY_RESOLVES',
    default: 'no',
    sentence:
      'Who resolves the names of hosts where there is a proxy. `no`: they are resolved and checked here, and the proxy is ' +
      'given addresses. `yes`: the proxy is given names, and must itself keep them out of private networks.',
    secret: false,
    read: value.yesOrNo,
  },
};
