import accepts from '@fastify/accepts';
import bearerAuth from '@fastify/bearer-auth';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../options.js';
import { answerClientError } from './client-error.js';
import { addInspectionRoutes } from './inspection-routes.js';
import type { InspectionContext } from './inspection-routes.js';
import { describePictures } from './describe-pictures.js';
import { modelsSchema } from './schemas.js';
import { tryPage, tryPagePolicy } from './try-page.js';

/** How often slow requests are looked for. */
const CHECK_MS = 500;

/** Beside the file in a form. */
const FORM_BYTES = 16 * 2 ** 10;

/** The routes of a service. */
export async function createApp(settings: Settings, context: InspectionContext): Promise<FastifyInstance> {
  const { maxBytes, timeoutMs, token } = settings;
  const { pools, metrics } = context;
  const app = Fastify({
    bodyLimit: maxBytes + FORM_BYTES,
    requestTimeout: timeoutMs,
    // Node would take the shorter of the two times for the head's, and the longer, by default a minute, for the whole request's.
    http: { headersTimeout: timeoutMs, connectionsCheckingInterval: Math.min(CHECK_MS, timeoutMs) },
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 200 },
  });
  await app.register(accepts);
  await app.register(swagger, {
    openapi: {
      info: { title: 'uniad', description: 'Says which pictures are anomalous, and where.', version: '1' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      ...(token === undefined ? {} : { security: [{ bearer: [] }] }),
    },
    transformObject: describePictures,
  });
  // Whatever a client calls the body of its request, its first bytes say which picture it is.
  app.removeAllContentTypeParsers();
  await app.register(multipart, { limits: { fileSize: maxBytes, files: 1, fields: 8, fieldSize: FORM_BYTES } });
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBytes }, (_, body, done) => done(null, body));
  app.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
  });

  app.get('/', { schema: { hide: true } }, (_, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', tryPagePolicy).send(tryPage),
  );
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  app.get('/health', { schema: { summary: 'Whether the service answers at all', security: [] } }, () => ({
    status: 'ok',
  }));
  app.get('/ready', { schema: { summary: 'Whether every model has a worker', security: [] } }, (_, reply) => {
    const missing = [...pools].filter(([, pool]) => pool.workers.length === 0).map(([name]) => name);
    return missing.length === 0 ? { status: 'ready' } : reply.code(503).send({ status: 'not ready', models: missing });
  });

  await app.register(async (guarded) => {
    if (token !== undefined) await guarded.register(bearerAuth, { keys: [token], errorResponse });
    guarded.get('/metrics', { schema: { summary: 'For Prometheus' } }, async (_, reply) =>
      reply.type(metrics.contentType).send(await metrics.text()),
    );
    guarded.get('/models', { schema: { summary: 'The models there are', response: { 200: modelsSchema } } }, () =>
      [...pools].map(([name, { info, workers }]) => ({
        name,
        ready: workers.length > 0,
        workers: workers.length,
        ...info,
      })),
    );
    addInspectionRoutes(guarded, context);
  });
  await app.ready();
  return app;
}

const errorResponse = (error: Error) => ({ statusCode: 401, error: 'Unauthorized', message: error.message });
