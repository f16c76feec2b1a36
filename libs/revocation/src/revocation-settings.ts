/** What the settings of every protocol that ends sessions have. */
import { DEFAULT_SIGNING_ALGORITHM, SIGNING_ALGORITHMS, type SigningAlgorithm } from '@app/delivery';
import { ArrayUnique, IsArray, IsIn, IsUrl, MaxLength } from 'class-validator';
import { REVOCATION_CAUSES, USUAL_CAUSES, type RevocationCause } from './causes.js';

export class RevocationSettings {
  /** The application's endpoint. */
  @IsUrl(
    { protocols: ['https', 'http'], require_protocol: true, require_tld: false, disallow_auth: true },
    { message: 'endpoint_url must be a complete URL that starts with https://' },
  )
  @MaxLength(2_048)
  endpoint_url: string;

  /** What ends sessions at this application. `access_removed` needs `filter.group_ids`: the groups that grant it. */
  @IsArray()
  @ArrayUnique()
  @IsIn(REVOCATION_CAUSES, {
    each: true,
    message: `causes must be some of ${REVOCATION_CAUSES.join(', ')}`,
  })
  causes: RevocationCause[] = [...USUAL_CAUSES];
}

/** Of protocols whose calls carry a token that is signed with a key of the installation. */
export class TokenSettings extends RevocationSettings {
  /** What the tokens for this application are signed with. RS256 is what every receiver can verify. */
  @IsSigningAlgorithm()
  signing_algorithm: SigningAlgorithm = DEFAULT_SIGNING_ALGORITHM;
}

export function IsSigningAlgorithm(): PropertyDecorator {
  return IsIn(SIGNING_ALGORITHMS, {
    message: `signing_algorithm must be one of ${SIGNING_ALGORITHMS.join(', ')}`,
  });
}

/** OpenID Connect Core §2 */
export function IsIssuer(): PropertyDecorator {
  return IsUrl(
    {
      protocols: ['https', 'http'],
      require_protocol: true,
      require_tld: false,
      disallow_auth: true,
      allow_query_components: false,
      allow_fragments: false,
    },
    { message: 'issuer must be a complete URL that starts with https://, without query and fragment' },
  );
}
