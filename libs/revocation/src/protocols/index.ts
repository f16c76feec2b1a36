/** Every protocol that ends sessions. A new one is a folder and a line here. */
import type { Protocol } from '@app/delivery';
import { globalTokenRevocation } from './global-token-revocation/global-token-revocation.protocol.js';

export const REVOCATION_PROTOCOLS: readonly Protocol[] = [globalTokenRevocation];
