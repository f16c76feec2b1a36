/** The document without a hub: for `npm run docs`, which has no database. */
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { HubModule, type HubParts } from '../hub.module.js';
import { apiDocument } from './document.js';

/** Nest's preview makes no object of any class, so that nothing of what a hub works with needs to be there. */
export async function previewedDocument(version: string): Promise<OpenAPIObject> {
  const nothing = { ground: {}, logMoved: {} } as unknown as HubParts;
  const app = await NestFactory.create<NestFastifyApplication>(HubModule.of(nothing), new FastifyAdapter(), {
    preview: true,
    logger: ['error'],
  });
  return apiDocument(app, version);
}
