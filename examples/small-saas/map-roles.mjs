/** Once for each customer: says which of their groups make somebody what in this application. `node map-roles.mjs org_… Admins` */
import { RollcallClient } from '@rollcall/client';

const [organizationId, adminGroup = 'Admins'] = process.argv.slice(2);
if (!organizationId)
  throw new Error('say whose roles: node map-roles.mjs org_… [name of the group of administrators]');

const { ROLLCALL_URL, ROLLCALL_API_KEY } = process.env;
const client = new RollcallClient({ baseUrl: ROLLCALL_URL, apiKey: ROLLCALL_API_KEY });

// For all directories of the organization; whose people they are is told of as dsync.user.updated.
const { rules, default_role } = await client.organizations.roleMapping.put(organizationId, {
  rules: [{ group: { name: adminGroup }, roles: ['admin'] }],
  default_role: 'member',
});
console.log(JSON.stringify({ rules, default_role }));
