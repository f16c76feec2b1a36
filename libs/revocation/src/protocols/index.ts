/** Every protocol that ends sessions. A new one is a folder and a line here. */
import type { Protocol } from '@app/delivery';
import { backChannelLogout } from './back-channel-logout/back-channel-logout.protocol.js';
import { globalTokenRevocation } from './global-token-revocation/global-token-revocation.protocol.js';
import { providerCommand } from './provider-command/provider-command.protocol.js';
import { sharedSignals } from './shared-signals/shared-signals.protocol.js';
import { signedCall } from './signed-call/signed-call.protocol.js';

export const REVOCATION_PROTOCOLS: readonly Protocol[] = [
  globalTokenRevocation,
  backChannelLogout,
  providerCommand,
  signedCall,
  sharedSignals,
];
