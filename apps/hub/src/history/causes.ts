/** Who said so: the requests that made events, as far as the request log still has them. */
import { Injectable } from '@nestjs/common';
import { findRequests } from '@app/request-log';
import type { Tx } from '@app/runtime';
import { DirectoryTokens } from '@app/tenancy';

export interface ShownCause {
  request_id: string;
  /** False: the request log keeps it no longer, was switched off, or never had it, since it did not come from an identity provider. */
  kept: boolean;
  request: ShownRequest | null;
}

interface ShownRequest {
  received_at: string;
  method: string;
  path: string;
  status: number;
  identity_provider: string;
  token: { id: string; name: string | null; client_id: string | null } | null;
  user_agent: string | null;
}

@Injectable()
export class Causes {
  constructor(private readonly tokens: DirectoryTokens) {}

  /** Two statements, however many there are. @returns each by its request id. */
  async of(tx: Tx, requestIds: readonly string[]): Promise<Map<string, ShownCause>> {
    const ids = [...new Set(requestIds)];
    const requests = await findRequests(tx, ids);
    const tokenIds = [...requests.values()].flatMap(({ tokenId }) => tokenId ?? []);
    const found = await this.tokens.findMany([...new Set(tokenIds)]);
    const tokens = new Map(found.map((token) => [token.id, token]));
    return new Map(
      ids.map((id): [string, ShownCause] => {
        const request = requests.get(id);
        if (!request) return [id, { request_id: id, kept: false, request: null }];
        const token = request.tokenId === null ? undefined : tokens.get(request.tokenId);
        const shown: ShownRequest = {
          received_at: request.receivedAt.toISOString(),
          method: request.method,
          path: request.path,
          status: request.status,
          identity_provider: request.dialect,
          // A token that was deleted since has its id left, and no name.
          token:
            request.tokenId === null
              ? null
              : {
                  id: request.tokenId,
                  name: token?.name ?? null,
                  client_id: token?.oauthClientId ?? null,
                },
          user_agent: request.userAgent,
        };
        return [id, { request_id: id, kept: true, request: shown }];
      }),
    );
  }
}
