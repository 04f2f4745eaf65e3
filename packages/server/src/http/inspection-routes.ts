import { encodeRawMap } from '@uniad/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InspectionError } from '../errors.js';
import type { Finding } from '../messages.js';
import type { Metrics } from '../metrics.js';
import type { ModelPool } from '../model-pool.js';
import type { Places } from './places.js';
import { readPicture, RequestError } from './read-picture.js';
import { errorSchema, includeSchema, inspectionSchema } from './schemas.js';

/** What an inspection is answered as. The first where the client does not care. */
const FORMATS = ['application/json', 'image/png', 'image/tiff'] as const;

/** What a client that finds no place should wait, in seconds. */
const RETRY_AFTER = '1';

/** What the plugins refuse, in our words. */
const REASONS: Readonly<Record<string, (maxBytes: number) => string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (maxBytes) => `Expected at most ${maxBytes} bytes but the picture has more`,
  FST_REQ_FILE_TOO_LARGE: (maxBytes) => `Expected at most ${maxBytes} bytes but the picture has more`,
  FST_FILES_LIMIT: () => 'Expected one file in the form but it has more',
};

/** The status of a request whose client did not wait for the answer, in the metrics alone. */
const HUNG_UP = '499';

export interface InspectionContext {
  /** By name; the first is meant where none is named. */
  readonly pools: ReadonlyMap<string, ModelPool>;
  readonly places: Places;
  readonly metrics: Metrics;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Is told what went wrong inside. */
  readonly onError: (reason: string) => void;
}

interface Inspect {
  Params: { model?: string };
  Querystring: { include?: string };
}

/** `POST /predict` and `POST /models/NAME/predict`. */
export function addInspectionRoutes(app: FastifyInstance, context: InspectionContext): void {
  const { pools, places, metrics, timeoutMs, maxBytes } = context;
  const [first] = pools.keys();
  const nameIn = (request: FastifyRequest<Inspect>) => request.params.model ?? first!;
  /** Gone when the client is, or the time is up. */
  const signals = new WeakMap<FastifyRequest<Inspect>, AbortSignal>();

  /** Before a byte of the body is read: whoever finds no place costs nothing. */
  const onRequest = async (request: FastifyRequest<Inspect>, reply: FastifyReply) => {
    const model = nameIn(request);
    if (!pools.has(model)) {
      throw new RequestError(
        404,
        `Expected one of the models ${[...pools.keys()].join(', ')} but received ${JSON.stringify(model)}`,
      );
    }
    const end = metrics.seconds.startTimer({ model });
    const free = places.take();
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(new InspectionError(503, `no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    signals.set(request, controller.signal);
    reply.raw.once('close', () => {
      clearTimeout(timer);
      free?.();
      end();
      const answered = reply.raw.writableFinished;
      metrics.requests.inc({ model, status: answered ? String(reply.statusCode) : HUNG_UP });
      controller.abort(new InspectionError(503, 'the client hung up'));
    });
    if (!free) throw new RequestError(503, `Expected fewer requests at once: ${places.taken} are being answered`);
  };

  const handler = async (request: FastifyRequest<Inspect>, reply: FastifyReply) => {
    const format = request.accepts().type([...FORMATS]) as (typeof FORMATS)[number] | false;
    if (!format) throw new RequestError(406, `Expected to be asked for one of ${FORMATS.join(', ')}`);
    const include = new Set(request.query.include?.split(','));
    const isJson = format === 'application/json';
    const model = nameIn(request);
    const pool = pools.get(model)!;
    const bytes = await readPicture(request);
    const wanted = {
      bytes,
      heatMap: isJson ? include.has('heatmap') : format === 'image/png',
      map: isJson ? include.has('map') : format === 'image/tiff',
    };
    const finding = await pool.predict(wanted, signals.get(request)!);
    metrics.anomalous.inc({ model, anomalous: String(finding.inspection.anomalous) });
    const { inspection, heatMap } = finding;
    if (isJson) return { model, ...inspection, ...attachments(finding, pool) };
    reply.header('uniad-inspection', asciiJson({ model, ...inspection })).type(format);
    return heatMap ? Buffer.from(heatMap) : encodeRawMap(finding.map!, pool.info!.imageSize);
  };

  const schema = {
    querystring: includeSchema,
    response: {
      200: { description: 'What was found', content: { 'application/json': { schema: inspectionSchema } } },
      '4xx': errorSchema,
      '5xx': errorSchema,
    },
  };
  const summary = 'Inspects a picture: the body itself, or the one file of a form';
  app.post<Inspect>('/predict', { onRequest, handler, schema: { ...schema, operationId: 'predict', summary } });
  app.post<Inspect>('/models/:model/predict', {
    onRequest,
    handler,
    schema: {
      ...schema,
      operationId: 'predictWithModel',
      summary: `${summary}, by a model's name`,
      params: { type: 'object', properties: { model: { type: 'string' } } },
    },
  });
  app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, _, reply) => {
    const statusCode = error.statusCode ?? 500;
    const reason = REASONS[error.code ?? '']?.(maxBytes);
    if (reason !== undefined) error.message = reason;
    if (statusCode === 503) reply.header('retry-after', RETRY_AFTER);
    if (statusCode === 500) context.onError(error.message);
    return reply.code(statusCode).send(error);
  });
}

function attachments({ heatMap, map }: Finding, pool: ModelPool) {
  const base64 = (bytes: Uint8Array) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const [height, width] = pool.info!.imageSize;
  return {
    ...(heatMap ? { heatmap: base64(heatMap) } : {}),
    ...(map
      ? { map: { height, width, values: base64(new Uint8Array(map.buffer, map.byteOffset, map.byteLength)) } }
      : {}),
  };
}

/** A header holds no other letters. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
