export { REVOCATION_PROTOCOLS } from './protocols/index.js';
