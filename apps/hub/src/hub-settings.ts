/** The few settings that the hub's classes need, as a class so that Nest can inject it. */
export class HubSettings {
  constructor(
    /** The address that identity providers and apps reach the hub at, without a slash at the end. */
    readonly publicUrl: string,
    readonly version: string,
    /** The largest body of a SCIM request; what a bulk may bring, RFC 7644 §3.7.4 `maxPayloadSize`. */
    readonly scimBodyLimitInBytes: number,
    /** Whether requests are traced, so that what followed from them can name their trace. */
    readonly traced = false,
    /** Those that are asked about domains of organizations; none: those of the system. */
    readonly dnsServers: readonly string[] = [],
  ) {}
}
