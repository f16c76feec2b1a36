/** The SCIM schemas that a directory declares for attributes of its own: RFC 7643 §3.3. In force within a second. */
import { Body, Controller, Delete, Get, HttpCode, Param, Put, UseGuards } from '@nestjs/common';
import { Allow, IsIn } from 'class-validator';
import { holdersOfValues } from '@app/projections';
import { Database } from '@app/runtime';
import {
  InvalidSchema,
  MAX_DECLARED_SCHEMAS,
  readSchemaExtension,
  sameKind,
  type ResourceType,
  type SchemaDefinition,
} from '@app/scim';
import { Directories, type Directory, type SchemaExtension } from '@app/tenancy';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';

/** A schema as RFC 7643 §7 writes it, and whom it is for. What `GET …/Schemas/{id}` answers may be sent as it is. */
export class SchemaExtensionBody {
  @IsIn(['User', 'Group'])
  resource_type: ResourceType;

  @Allow() name?: unknown;
  @Allow() description?: unknown;
  @Allow() attributes?: unknown;
  @Allow() id?: unknown;
  @Allow() schemas?: unknown;
  @Allow() meta?: unknown;
  @Allow() object?: unknown;
}

@Controller('directories/:directoryId/schema_extensions')
@UseGuards(ApiKeyGuard)
export class SchemaExtensionsController {
  constructor(
    private readonly directories: Directories,
    private readonly database: Database,
  ) {}

  @Get()
  async list(@Param('directoryId') directoryId: string): Promise<object> {
    const { schemaExtensions } = await this.found(directoryId);
    return list(schemaExtensions.map(shown), { before: null, after: null });
  }

  @Get(':urn')
  async get(@Param('directoryId') directoryId: string, @Param('urn') urn: string): Promise<object> {
    const declared = withUrn((await this.found(directoryId)).schemaExtensions, urn);
    if (!declared) throw notFound('Schema extension', urn);
    return shown(declared);
  }

  /** Declares the schema, or changes it as a whole. */
  @Put(':urn')
  async declare(
    @Param('directoryId') directoryId: string,
    @Param('urn') urn: string,
    @Body() body: SchemaExtensionBody,
  ): Promise<object> {
    await this.found(directoryId);
    if (body.id !== undefined && String(body.id).toLowerCase() !== urn.toLowerCase())
      throw invalid([{ field: 'id', code: 'mismatch', message: 'id must be the URN of the path' }]);
    const resourceType = body.resource_type;
    let made: SchemaExtension | undefined;
    await this.directories.declareSchemas(directoryId, async (declared) => {
      const before = withUrn(declared, urn);
      // The same URN in another case is the same schema, and values stand under its first spelling.
      const schema = schemaOf(before ? definitionIn(before).id : urn, body);
      made = { resourceType, schema };
      if (before) await this.refuseNewKinds(directoryId, before, made);
      const others = declared.filter((extension) => extension !== before);
      if (others.length >= MAX_DECLARED_SCHEMAS) throw tooMany();
      return before ? declared.map((one) => (one === before ? made! : one)) : [...others, made];
    });
    return shown(made!);
  }

  /** Values that were stored by it stay in the log and in the store, and are not shown or searched any more. */
  @Delete(':urn')
  @HttpCode(204)
  async remove(@Param('directoryId') directoryId: string, @Param('urn') urn: string): Promise<void> {
    await this.found(directoryId);
    await this.directories.declareSchemas(directoryId, (declared) => {
      const gone = withUrn(declared, urn);
      if (!gone) throw notFound('Schema extension', urn);
      return declared.filter((extension) => extension !== gone);
    });
  }

  /** A value that was stored as one kind of thing must not be read as another. */
  private async refuseNewKinds(
    directoryId: string,
    before: SchemaExtension,
    after: SchemaExtension,
  ): Promise<void> {
    if (before.resourceType !== after.resourceType) {
      throw invalid([
        {
          field: 'resource_type',
          code: 'immutable',
          message: `resource_type stays ${before.resourceType}; delete the schema extension and declare another URN`,
        },
      ]);
    }
    const old = definitionIn(before);
    const changed = definitionIn(after).attributes.filter(
      (attribute) =>
        !sameKind(
          old.attributes.find(({ name }) => name === attribute.name),
          attribute,
        ),
    );
    const held = await holdersOfValues(this.database, before.resourceType, {
      directoryId,
      schema: old.id,
      names: changed.map(({ name }) => name),
    });
    if (held.length === 0) return;
    const problems = held.map(({ name, holders }) => ({
      field: 'attributes',
      code: 'in_use',
      message: `${name} has values of an earlier declaration in ${holders} resources; clear them first, or choose another name`,
    }));
    throw invalid(problems);
  }

  private async found(id: string): Promise<Directory> {
    const directory = await this.directories.find(id);
    if (!directory) throw notFound('Directory', id);
    return directory;
  }
}

function schemaOf(urn: string, { name, description, attributes }: SchemaExtensionBody): SchemaDefinition {
  try {
    return readSchemaExtension(urn, { name, description, attributes });
  } catch (error) {
    if (!(error instanceof InvalidSchema)) throw error;
    throw invalid(
      error.problems.map(({ field, message }) => ({
        field,
        code: 'invalid_schema',
        message: `${field} ${message}`,
      })),
    );
  }
}

function withUrn(declared: SchemaExtension[], urn: string): SchemaExtension | undefined {
  return declared.find((extension) => definitionIn(extension).id.toLowerCase() === urn.toLowerCase());
}

function definitionIn({ schema }: SchemaExtension): SchemaDefinition {
  return schema as SchemaDefinition;
}

function shown(extension: SchemaExtension): object {
  const { id, name, description, attributes } = definitionIn(extension);
  return {
    object: 'schema_extension',
    id,
    resource_type: extension.resourceType,
    name,
    description,
    attributes,
  };
}

function tooMany(): ApiError {
  return new ApiError(
    422,
    'too_many_schema_extensions',
    `A directory may declare ${MAX_DECLARED_SCHEMAS} schemas.`,
  );
}
