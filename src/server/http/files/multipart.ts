/** Files of a form (RFC 7578): each goes to the disk as it comes. */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { limits } from '../../../shared/protocol/limits.ts'
import { dropRest } from '../../files/receive.ts'

export interface FormFile {
  name: string
  /** As claimed. */
  type: string
  body: Readable
}

/** The request is not a form, or was not sent to its end. */
export class FormFault extends Error {
  readonly status: 400 | 411
  readonly expose = true

  constructor(message: string, status: FormFault['status'] = 400) {
    super(message)
    this.status = status
  }
}

export class TooManyFiles extends FormFault {
  constructor() {
    super(`A form has at most ${limits.maxFilesPerMessage} files.`)
  }
}

/** The longest message has 4,000 characters; more is refused with the text kept. */
const maxFieldBytes = 64 * 1024
const maxHeaderBytes = 8 * 1024
const maxFields = 20

export type Fields = Map<string, string[]>

/**
 * @param fields gets the fields. When the form is refused, those that came before
 * @param take reads one file to its end. The next file is read when it has resolved
 * @returns what `take` returned, in the order of the files
 * @throws what `take` throws: the rest is not read then; FormFault
 */
export async function readForm<Result>(
  request: IncomingMessage,
  fields: Fields,
  take: (file: FormFile) => Promise<Result>,
): Promise<Result[]> {
  const parser = parserFor(request)
  const bodies: Readable[] = []
  let taken: Promise<Result[]> = Promise.resolve([])
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  parser.on('field', (name, value, _isNameCut, isCut) => {
    if (isCut) reject(new FormFault(`A field of the form has at most ${maxFieldBytes} bytes.`))
    else fields.set(name, [...(fields.get(name) ?? []), value])
  })
  parser.on('file', (_field, body, name, _encoding, type) => {
    bodies.push(body)
    // The parser tells a file of an error that nobody may be waiting for yet.
    body.on('error', (error) => body.destroy(error))
    // A form without a choice has a file without a name.
    if (!name) return void body.resume()
    taken = taken.then(async (results) => [...results, await take({ name, type, body })])
    taken.catch(reject)
  })
  parser.on('filesLimit', () => reject(new TooManyFiles()))
  parser.on('fieldsLimit', () => reject(new FormFault(`A form has at most ${maxFields} other fields.`)))
  parser.on('error', () => reject(new FormFault('This is no complete form of multipart/form-data.')))
  parser.on('finish', resolve)
  request.once('close', () => request.complete || reject(new FormFault('The form was not sent to its end.')))
  request.pipe(parser)
  try {
    await ended
    return await taken
  } catch (error) {
    request.unpipe(parser)
    dropRest(request)
    for (const body of bodies) body.destroy(new FormFault('The form was refused.'))
    await taken.catch(() => {}) // it is the error, or comes of it
    throw error
  }
}

function parserFor({ headers }: IncomingMessage): BusboyInstance {
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      // The name is cleaned later, whatever separates the parts of a path.
      preservePath: true,
      limits: {
        files: limits.maxFilesPerMessage,
        fields: maxFields,
        fieldSize: maxFieldBytes,
        headerPairs: 20,
        headerSize: maxHeaderBytes,
      },
    })
  } catch {
    throw new FormFault('Send a form as multipart/form-data.')
  }
}
