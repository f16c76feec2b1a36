/** Makes somebody who signs in before any identity provider has told of them. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { SignInName } from '@app/projections';
import { CreateUser, NameTaken, RequiredAttributeMissing } from '@app/provisioning';
import { createdFrom, dialectOf, parseResource, ScimError, type Json } from '@app/scim';
import type { Directory } from '@app/tenancy';
import { invalid } from '../consumer/validation.js';
import { directoryRefOf } from '../directory-ref.js';
import { shapeFor } from '../scim/directory-shapes.js';
import type { Asked } from './sign-in-body.js';

@Injectable()
export class JustInTime {
  constructor(private readonly commands: CommandBus) {}

  /**
   * @returns false when somebody has one of the names by now: another sign-in was quicker, or the identity provider.
   * @throws ApiError 422 for a profile without a name to know the person by.
   */
  async create(directory: Directory, asked: Asked, requestId: string): Promise<boolean> {
    const shape = shapeFor('User', directory);
    const origin = { directory: directoryRefOf(directory), requestId };
    try {
      const parsed = parseResource(shape, resourceOf(asked), dialectOf(directory.type));
      await this.commands.execute(new CreateUser(origin, createdFrom(shape, parsed), { origin: 'jit' }));
      return true;
    } catch (error) {
      if (error instanceof NameTaken) return false;
      if (error instanceof RequiredAttributeMissing) {
        const message = `${error.attribute} is required in this directory, and only its identity provider can send it: they have to be provisioned`;
        throw invalid([{ field: 'just_in_time', code: 'required_attribute', message }]);
      }
      if (!(error instanceof ScimError)) throw error;
      throw invalid([{ field: 'just_in_time', code: 'invalid_profile', message: error.message }]);
    }
  }
}

/** Everything that is said of them, in SCIM's words. */
function resourceOf(asked: Asked): { [name: string]: Json } {
  const { idp_id, email, user_name: userName } = namesOf(asked);
  if (userName === undefined) {
    const message = 'just_in_time needs a user_name or an email: nobody is made without a name';
    throw invalid([{ field: 'just_in_time.user_name', code: 'required', message }]);
  }
  const { first_name: givenName, last_name: familyName, name: displayName } = asked.profile ?? {};
  const name = { ...(givenName && { givenName }), ...(familyName && { familyName }) };
  return {
    userName,
    active: true,
    ...(idp_id === undefined ? {} : { externalId: idp_id }),
    ...(displayName ? { displayName } : {}),
    ...(givenName || familyName ? { name } : {}),
    ...(email === undefined ? {} : { emails: [{ value: email, type: 'work', primary: true }] }),
  };
}

export type Names = { [Name in SignInName]?: string | undefined };

/** The name that they gave, and those that came with the profile. Who would be made without a user name goes by their address. */
export function namesOf({ by, profile }: Pick<Asked, 'by' | 'profile'>): Names {
  const { idp_id, email, user_name }: Names = { ...profile, [by.name]: by.value };
  return { idp_id, email, user_name: user_name ?? (profile && email) };
}
