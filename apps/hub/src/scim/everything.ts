/** Queries across all types of resources: RFC 7644 §3.4.2.1. */
import { Injectable } from '@nestjs/common';
import type { ListResponse } from '@app/scim';
import { GroupAnswers } from './group-answers.js';
import { Pages, type Listed } from './pages.js';
import type { Asked } from './scim-request.js';
import { UserAnswers } from './user-answers.js';

type Shown = ListResponse['Resources'][number];

@Injectable()
export class Everything {
  constructor(
    private readonly pages: Pages,
    private readonly users: UserAnswers,
    private readonly groups: GroupAnswers,
  ) {}

  /** @param asked one for people and one for groups: each is shown by its own schemas. */
  async list(asked: { User: Asked; Group: Asked }, query: Record<string, string>): Promise<Listed> {
    const page = await this.pages.find([asked.User, asked.Group], query);
    const of = (type: 'User' | 'Group'): (typeof page.found)[number]['resource'][] =>
      page.found.filter((each) => each.type === type).map(({ resource }) => resource);
    const shown = await Promise.all([
      this.users.all(of('User'), asked.User),
      this.groups.all(of('Group'), asked.Group),
    ]);
    const byId = new Map<unknown, Shown>(shown.flat().map((resource) => [resource['id'], resource]));
    return page.answer(page.found.map(({ resource }) => byId.get(resource.id)!));
  }
}
