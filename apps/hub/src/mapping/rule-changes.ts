/**
 * Writes the rules by which consumers see people. One transaction holds the rules, their version where every writer of the directory looks,
 * and the plan to look at everybody again.
 */
import { Injectable } from '@nestjs/common';
import { keyed, type AttributeRule, type RoleMapping } from '@app/directory';
import { countRulesChange, lockDirectory } from '@app/event-log';
import { planReview, type ReviewKind } from '@app/provisioning';
import { Clock, Database, type Tx } from '@app/runtime';
import {
  changedDefaultRoles,
  directoriesWithoutMapping,
  findRoleMapping,
  saveRoleMapping,
} from '@app/tenancy';
import { isDeepStrictEqual } from 'node:util';
import { Reviews } from './reviews.js';

@Injectable()
export class RuleChanges {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly reviews: Reviews,
  ) {}

  /** In force for every write that begins afterwards. @returns false when there is no such directory. */
  async mapAttributes(directoryId: string, rules: AttributeRule[], requestId: string): Promise<boolean> {
    const found = await this.database.transaction(async (tx) => {
      const [directory] = await tx.rows<{ attribute_rules: AttributeRule[] }>(
        'select attribute_rules from directory where id = $1 for update',
        [directoryId],
      );
      if (!directory) return false;
      if (JSON.stringify(directory.attribute_rules) === JSON.stringify(rules)) return true;
      await this.plan(tx, [directoryId], 'attributes', requestId);
      await lockDirectory(tx, directoryId);
      await tx.rows(
        'update directory set attribute_rules = $2, rules_version = $3, updated_at = $4 where id = $1',
        [directoryId, JSON.stringify(rules), await countRulesChange(tx, directoryId), this.clock.now()],
      );
      return true;
    });
    this.reviews.wake();
    return found;
  }

  /** @returns false when there is no such directory. */
  async mapRolesOfDirectory(directoryId: string, mapping: RoleMapping, requestId: string): Promise<boolean> {
    const found = await this.database.transaction(async (tx) => {
      const rows = await tx.rows('select from directory where id = $1 for update', [directoryId]);
      if (rows.length === 0) return false;
      if (await this.save(tx, { directoryId }, mapping)) await this.apply(tx, [directoryId], requestId);
      return true;
    });
    this.reviews.wake();
    return found;
  }

  /** @returns false when there is no such organization. */
  async mapRolesOfOrganization(
    organizationId: string,
    mapping: RoleMapping,
    requestId: string,
  ): Promise<boolean> {
    const found = await this.database.transaction(async (tx) => {
      // Nobody makes a directory of the organization meanwhile: it would begin with the mapping of before.
      const rows = await tx.rows('select from organization where id = $1 for update', [organizationId]);
      if (rows.length === 0) return false;
      if (await this.save(tx, { organizationId }, mapping))
        await this.apply(tx, await directoriesWithoutMapping(tx, organizationId), requestId);
      return true;
    });
    this.reviews.wake();
    return found;
  }

  /** @returns whether it is another mapping than before. */
  private async save(
    tx: Tx,
    owner: { directoryId: string } | { organizationId: string },
    { rules, defaultRole }: RoleMapping,
  ): Promise<boolean> {
    const stored = { rules: rules.map(keyed), defaultRole };
    const before = await findRoleMapping(
      tx,
      'directoryId' in owner ? owner.directoryId : owner.organizationId,
    );
    if (isDeepStrictEqual(before ?? { rules: [], defaultRole: null }, stored)) return false;
    await saveRoleMapping(tx, owner, { ...stored, now: this.clock.now() });
    return true;
  }

  private async apply(tx: Tx, directoryIds: string[], requestId: string): Promise<void> {
    await this.plan(tx, directoryIds, 'roles', requestId);
    for (const { id, defaultRole } of await changedDefaultRoles(tx, directoryIds)) {
      await lockDirectory(tx, id);
      await tx.rows('update directory set default_role = $2, rules_version = $3 where id = $1', [
        id,
        defaultRole,
        await countRulesChange(tx, id),
      ]);
    }
  }

  private plan(tx: Tx, directoryIds: string[], kind: ReviewKind, requestId: string): Promise<void> {
    return planReview(tx, directoryIds, { kind, requestId, now: this.clock.now() });
  }
}
