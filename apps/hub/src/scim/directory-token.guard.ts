/** Turns the bearer token into a directory. The only thing that touches the database before a request is understood. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Clock } from '@app/runtime';
import { ScimError } from '@app/scim';
import { Directories, hashOf, type Directory } from '@app/tenancy';
import type { RequestNotes } from './request-notes.js';

export interface ScimRequest extends FastifyRequest {
  directory: Directory;
  /** There once somebody has noted something. */
  notes?: RequestNotes;
}

// Short enough that a deleted token is refused within a second on every process, long enough to spare most look-ups.
const CACHE_LIFE_IN_MILLISECONDS = 1_000;
const CACHE_ENTRIES = 10_000;

@Injectable()
export class DirectoryTokenGuard implements CanActivate {
  private readonly cache = new Map<string, { directory: Promise<Directory | null>; until: number }>();

  constructor(
    private readonly directories: Directories,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ScimRequest & { params: { directoryId?: string } }>();
    const directory = await this.directoryOf(tokenOf(request));
    if (!directory) {
      throw new ScimError(
        401,
        'The bearer token is not known. Paste the token that was shown when the directory was made.',
      );
    }
    const { directoryId } = request.params;
    if (directoryId !== undefined && directoryId !== directory.id) {
      throw new ScimError(
        401,
        `The bearer token does not belong to ${directoryId}. Use the token and the base URL of one directory.`,
      );
    }
    request.directory = directory;
    return true;
  }

  /** Whose token the request bears, whatever else is wrong with it; undefined for a stranger. */
  async ownerOf(request: FastifyRequest): Promise<Directory | undefined> {
    try {
      return (await this.directoryOf(tokenOf(request))) ?? undefined;
    } catch {
      return undefined;
    }
  }

  private directoryOf(token: string): Promise<Directory | null> {
    const now = this.clock.now().getTime();
    const known = this.cache.get(token);
    if (known && known.until > now) return known.directory;
    const directory = this.directories.ofToken(hashOf(token));
    if (this.cache.size >= CACHE_ENTRIES) this.cache.clear();
    this.cache.set(token, { directory, until: now + CACHE_LIFE_IN_MILLISECONDS });
    directory.catch(() => this.cache.delete(token)); // a failed look-up says nothing about the token
    return directory;
  }
}

/** Some identity providers put the token alone into the header, and some write `bearer` in another case. */
function tokenOf(request: FastifyRequest): string {
  const token = /^(?:bearer\s+)?(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  if (!token) {
    throw new ScimError(
      401,
      'The request has no bearer token. Send "Authorization: Bearer <token>" with the directory\'s token.',
    );
  }
  return token;
}
