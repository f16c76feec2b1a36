/** How consumers see the people of a directory: their attributes and their roles. */
import { AttributeMappingController } from './attribute-mapping.controller.js';
import { OrganizationRoleMappingController } from './organization-role-mapping.controller.js';
import { Reviews } from './reviews.js';
import { RoleFollower } from './role-follower.js';
import { RoleMappingController } from './role-mapping.controller.js';
import { RolesController } from './roles.controller.js';
import { RuleChanges } from './rule-changes.js';

export const MAPPING_CONTROLLERS = [
  AttributeMappingController,
  RoleMappingController,
  OrganizationRoleMappingController,
  RolesController,
];
export const MAPPING_PROVIDERS = [RuleChanges, Reviews, RoleFollower];
