import type { FastifyRequest } from 'fastify';
import { messageOf } from '../errors.js';

/** What is wrong with a request, with the HTTP status that says so. */
export class RequestError extends Error {
  constructor(
    readonly statusCode: 400 | 404 | 406 | 413 | 503,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The picture of a request: its body, or the one file of a form.
 *
 * @throws RequestError, or an error of multipart, with the status to answer
 */
export async function readPicture(request: FastifyRequest): Promise<Uint8Array> {
  const bytes = request.isMultipart() ? await readFile(request) : (request.body as Buffer | undefined);
  if (!bytes || bytes.length === 0)
    throw new RequestError(400, 'Expected a picture as the body of the request but it is empty');
  return bytes;
}

async function readFile(request: FastifyRequest): Promise<Buffer> {
  let found: Buffer | undefined;
  try {
    for await (const file of request.files()) found = await file.toBuffer();
  } catch (error) {
    if ((error as Partial<RequestError>).statusCode !== undefined) throw error;
    throw new RequestError(400, `Expected a form with a file: ${messageOf(error)}`);
  }
  if (!found) throw new RequestError(400, 'Expected a file in the form but found none');
  return found;
}
