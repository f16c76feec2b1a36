/** What the hub has for organizations, in one place for its module. */
import { AdminApiKeysController } from '../admin/admin-api-keys.controller.js';
import { ConsumerUpkeep } from '../consumer/consumer-upkeep.js';
import { CustomerKeysController, OrganizationKeysController } from '../consumer/customer-keys.controller.js';
import { ItContactsController } from '../consumer/it-contacts.controller.js';
import { OrganizationDomainsController } from '../consumer/organization-domains.controller.js';
import { OrganizationsController } from '../consumer/organizations.controller.js';
import { PortalLinksController } from '../consumer/portal-links.controller.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { PortalContents } from '../portal/portal-contents.js';
import { PortalController } from '../portal/portal.controller.js';
import { CustomerKeySetUp } from './customer-key-set-up.js';
import { CustomerKeyUses } from './customer-key-uses.js';
import { DomainChecks } from './domain-checks.js';
import { DomainSetUp } from './domain-set-up.js';
import { OrganizationSetUp } from './organization-set-up.js';
import { Telling } from './telling.js';

export const ORGANIZATION_CONTROLLERS = [
  OrganizationsController,
  OrganizationDomainsController,
  OrganizationKeysController,
  CustomerKeysController,
  ItContactsController,
  PortalLinksController,
  PortalController,
  AdminApiKeysController,
];

export const ORGANIZATION_PROVIDERS = [
  Telling,
  OrganizationSetUp,
  DomainSetUp,
  DomainChecks,
  CustomerKeySetUp,
  CustomerKeyUses,
  PortalContents,
  Idempotency,
  ConsumerUpkeep,
];
