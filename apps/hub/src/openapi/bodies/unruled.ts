/** Fields that no rule of class-validator describes, because something of its own reads them. Pure. */
import {
  anything,
  described,
  exactly,
  either,
  foreign,
  listOf,
  mapOf,
  maybe,
  object,
  oneOf,
  ref,
  text,
  url,
  type Schema,
} from '../shapes.js';

const startFrom = described(
  'Where it begins in the log; `now` without it. `snapshot`: first how everything is, then what happens.',
  either(oneOf('now', 'beginning', 'snapshot'), object({ after: text })),
);

const request = described(
  'With what its requests are made. Merged (RFC 7396): what is given replaces, null removes, what is left out stays.',
  maybe(
    object(
      {},
      {
        headers: described(
          'By name. Those that belong to the protocol are refused.',
          maybe(mapOf(maybe(text))),
        ),
        oauth: maybe(
          object(
            {},
            {
              token_url: url,
              client_id: text,
              client_secret: text,
              scope: maybe(text),
              audience: maybe(text),
              authentication: maybe(oneOf('client_secret_basic', 'client_secret_post')),
            },
          ),
        ),
        client_certificate: described(
          'PEM; a chain begins with the certificate itself.',
          maybe(object({}, { certificate: text, private_key: text })),
        ),
        certificate_authority: described('PEM, one or more.', maybe(text)),
      },
    ),
  ),
);

const metadata = described(
  'At most 50 keys. Merged: a null removes its key, an empty object all of them.',
  maybe(mapOf(maybe(text))),
);
const keySet = {
  jwks: maybe(ref('ClientKeySet')),
  jwks_uri: described('Not supported: send `jwks`.', exactly('')),
};
const settings = ref('DestinationSettings');
const json = described('Any JSON.', anything);

/** By the name of the body. */
export const UNRULED: Readonly<Record<string, Readonly<Record<string, Schema>>>> = {
  NewDestinationBody: { start_from: startFrom, request, settings },
  DestinationChangeBody: { request, settings },
  NewWebhookEndpoint: { start_from: startFrom, request },
  WebhookEndpointChange: { request },
  NewOrganization: { metadata },
  OrganizationChange: { metadata },
  NewOAuthClientBody: keySet,
  NewReceiverBody: keySet,
  OAuthClientChangeBody: keySet,
  AttributeRuleBody: {
    default: json,
    fallback: json,
    values: described('What each value becomes.', mapOf(anything)),
  },
  PortalLinkBody: { intent_options: foreign('Of intents that there are none of here; SDKs send it.') },
  SharedSignalsSettings: {
    audience: described('Whom the receiver knows itself as.', either(text, listOf(text))),
    subjects_removed: listOf(foreign('A person of whom nothing is told: RFC 9493.')),
  },
  SchemaExtensionBody: {
    name: text,
    description: text,
    attributes: listOf(foreign('An attribute as RFC 7643 §7 defines it; what is left out has the default.')),
    id: described('If given, the URN of the path.', text),
    schemas: described('As in an answer, and not read.', anything),
    meta: described('As in an answer, and not read.', anything),
    object: described('As in an answer, and not read.', anything),
  },
};
