/**
 * From a request to the command that it means: the one place where bodies are read, for every way to send them. Each function is pure but for
 * the notes that it leaves with the request, and throws ScimError for a body that cannot be read.
 */
import {
  ChangeGroup,
  ChangeUser,
  CreateGroup,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  type Creation,
} from '@app/provisioning';
import { createdFrom, parsePatch, parseResource, replacedBy } from '@app/scim';
import type { Asked } from './scim-request.js';

export function createUser(asked: Asked, body: unknown, creation: Creation = {}): CreateUser {
  const parsed = parseResource(asked.shape, body, asked.dialect);
  asked.notes.read(parsed);
  return new CreateUser(asked.origin, createdFrom(asked.shape, parsed), creation);
}

export function replaceUser(asked: Asked, id: string, body: unknown): ChangeUser {
  const parsed = parseResource(asked.shape, body, asked.dialect);
  asked.notes.read(parsed);
  return new ChangeUser(asked.origin, id, replacedBy(asked.shape, parsed), conditionOf(asked));
}

/** @param parse as the protocol's version writes a PATCH. */
export function patchUser(asked: Asked, id: string, body: unknown, parse = parsePatch): ChangeUser {
  const parsed = parse(asked.shape, body, asked.dialect);
  asked.notes.read(parsed);
  return new ChangeUser(asked.origin, id, parsed.apply, conditionOf(asked));
}

export function deleteUser(asked: Asked, id: string): DeleteUser {
  return new DeleteUser(asked.origin, id, conditionOf(asked));
}

export function createGroup(asked: Asked, body: unknown, creation: Creation = {}): CreateGroup {
  const parsed = parseResource(asked.shape, body, asked.dialect);
  asked.notes.read(parsed);
  return new CreateGroup(asked.origin, createdFrom(asked.shape, parsed), parsed.members ?? [], creation);
}

/** A body without `members` leaves the members alone: RFC 7644 §3.5.1 allows it, and an empty list says "nobody". */
export function replaceGroup(asked: Asked, id: string, body: unknown): ChangeGroup {
  const parsed = parseResource(asked.shape, body, asked.dialect);
  asked.notes.read(parsed);
  const members = parsed.members ? [{ kind: 'replace' as const, ids: parsed.members }] : [];
  return new ChangeGroup(asked.origin, id, replacedBy(asked.shape, parsed), members, conditionOf(asked));
}

/** @param parse as the protocol's version writes a PATCH. */
export function patchGroup(asked: Asked, id: string, body: unknown, parse = parsePatch): ChangeGroup {
  const parsed = parse(asked.shape, body, asked.dialect);
  asked.notes.read(parsed);
  return new ChangeGroup(asked.origin, id, parsed.apply, parsed.members, conditionOf(asked));
}

export function deleteGroup(asked: Asked, id: string): DeleteGroup {
  return new DeleteGroup(asked.origin, id, conditionOf(asked));
}

function conditionOf({ onlyIf }: Asked): { onlyIf?: Asked['onlyIf'] } {
  return onlyIf ? { onlyIf } : {};
}
