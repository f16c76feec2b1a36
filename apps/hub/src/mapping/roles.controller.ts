/** Who has which role, and why: the rules that give it, and the groups that the person is in them by. */
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import {
  countRoles,
  directoryOfUser,
  grantsOf,
  holdersOfRole,
  loadUsers,
  type Grants,
} from '@app/projections';
import { Database, type PageOfRows } from '@app/runtime';
import { Directories } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { shownRoleRule } from './role-mapping-body.js';

@Controller()
@UseGuards(ApiKeyGuard)
export class RolesController {
  constructor(
    private readonly directories: Directories,
    private readonly database: Database,
  ) {}

  @Get('directories/:id/roles')
  async roles(@Param('id') id: string, @Query() query: QueryParameters): Promise<object> {
    await this.found(id);
    const { data, before, after } = await countRoles(this.database, id, pageOf(query));
    const shown = data.map(({ id: slug, users, activeUsers }) => ({
      object: 'directory_role',
      slug,
      users,
      active_users: activeUsers,
    }));
    return list(shown, { before, after });
  }

  @Get('directories/:id/roles/:slug/users')
  async holders(
    @Param('id') id: string,
    @Param('slug') slug: string,
    @Query() query: QueryParameters,
  ): Promise<object> {
    await this.found(id);
    const page: PageOfRows<{ id: string }> = await holdersOfRole(
      this.database,
      { directoryId: id, slug },
      pageOf(query),
    );
    const ids = page.data.map((holder) => holder.id);
    const keys = ids.map((userId): [string, string] => [id, userId]);
    const [users, grants] = await Promise.all([
      loadUsers(this.database, { ids: keys, userNameKeys: [], externalIds: [] }),
      grantsOf(this.database, id, ids),
    ]);
    const byId = new Map(users.map((user) => [user.id, user]));
    const shown = ids.flatMap((userId) => {
      const user = byId.get(userId);
      if (!user) return [];
      return {
        object: 'directory_role_holder',
        slug,
        user: {
          id: userId,
          user_name: user.attributes['userName'] ?? null,
          state: user.attributes['active'] === false ? 'inactive' : 'active',
        },
        because: reasonsFor(slug, userId, grants),
      };
    });
    return list(shown, { before: page.before, after: page.after });
  }

  @Get('directory_users/:id/roles')
  async ofUser(@Param('id') id: string): Promise<object> {
    const directoryId = await directoryOfUser(this.database, id);
    if (directoryId === undefined) throw notFound('Directory user', id);
    const [[user], grants] = await Promise.all([
      loadUsers(this.database, { ids: [[directoryId, id]], userNameKeys: [], externalIds: [] }),
      grantsOf(this.database, directoryId, [id]),
    ]);
    const shown = (user?.roles ?? []).map((slug) => ({
      object: 'directory_user_role',
      slug,
      because: reasonsFor(slug, id, grants),
    }));
    return list(shown, { before: null, after: null });
  }

  private async found(id: string): Promise<void> {
    if (!(await this.directories.find(id))) throw notFound('Directory', id);
  }
}

/** By the memberships of this moment; empty where the role is about to go. */
function reasonsFor(slug: string, userId: string, { mapping, grants }: Grants): object[] {
  const applying = grants.get(userId) ?? [];
  if (applying.length === 0) return mapping.defaultRole === slug ? [{ rule: null, groups: [] }] : [];
  return applying.flatMap(({ place, groups }) => {
    const rule = mapping.rules[place];
    return rule?.roles.includes(slug) ? [{ rule: { place, ...shownRoleRule(rule) }, groups }] : [];
  });
}
