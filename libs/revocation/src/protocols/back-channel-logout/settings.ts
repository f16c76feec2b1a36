import { RelyingPartySettings } from '../../relying-party-settings.js';

/** `endpoint_url` is what the application has registered as `backchannel_logout_uri`. */
export class BackChannelLogoutSettings extends RelyingPartySettings {}
