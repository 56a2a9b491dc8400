/** Uploads and files. */
import { refTo } from './component-schemas.ts'
import { json, pageRefusals, pathParameter, refused } from './openapi-parts.ts'

const tags = ['Files']
const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
const part = {
  description: 'Bytes of the file.',
  content: { 'application/offset+octet-stream': { schema: { type: 'string', format: 'binary' } } },
}
const common = ['400', '401', '403', '404', '412', '413', '415', '421', '429', '500', '503'] as const

export function filePaths() {
  return {
    '/rooms/{room}/files': { options: capabilities('uploads', ['room']), post: creation() },
    '/rooms/{room}/files/{file}': {
      options: capabilities('upload', ['room', 'file']),
      head: {
        ...uploadOperation('upload-offset', 'How much of an upload is here.'),
        responses: { 200: progress('It goes on at `Upload-Offset`.'), ...refused(...common) },
      },
      patch: {
        ...uploadOperation('upload-append', 'Appends to an upload.', [offset, checksum]),
        requestBody: { ...part, required: true },
        responses: { 204: progress('It was appended.'), ...refused(...common, '409', '460') },
      },
      delete: {
        ...uploadOperation('upload-discard', 'Deletes a file that is not sent.'),
        responses: { 204: { description: 'It is gone.' }, ...refused(...common) },
      },
    },
    '/files/{file}/{name}': { get: reading() },
  }
}

interface Operation {
  requestBody: { content: object }
  responses: object
}

/** Files are listed by a command, and uploaded at the same address as a form. */
export function withForm<Command extends Operation>(command: Command) {
  const { requestBody, responses } = command
  return {
    ...command,
    requestBody: {
      ...requestBody,
      content: { ...requestBody.content, 'multipart/form-data': { schema: formSchema() } },
    },
    responses: {
      ...responses,
      201: { description: 'The files of a form were uploaded, and can be sent.', content: json(refTo('Files')) },
    },
  }
}

function formSchema() {
  const text = (description: string) => ({ type: 'string', description })
  return {
    type: 'object',
    description: 'Uploads files: all of them are taken in, or none.',
    properties: {
      room: text('the address of the room'),
      file: { type: 'array', items: { type: 'string', format: 'binary' }, description: 'up to ten files' },
      alt: { type: 'array', items: { type: 'string' }, description: 'for each file a text that stands for it' },
      key: {
        type: 'array',
        items: { type: 'string' },
        description: 'your own name for each file: sent again, it is the same file',
      },
      asFile: text('`1`: images are kept byte for byte'),
    },
    required: ['room', 'file'],
  }
}

const version = header('Tus-Resumable', 'The version of tus.', { type: 'string', const: '1.0.0' })
const offset = header('Upload-Offset', 'Where the body begins.', { type: 'integer', minimum: 0 })
const checksum = {
  ...header('Upload-Checksum', 'Of the body: `sha1` or `sha256`, and the digest in base64.', { type: 'string' }),
  required: false,
}

function header(name: string, description: string, schema: object) {
  return { name, in: 'header', required: true, description, schema }
}

function uploadOperation(operationId: string, summary: string, parameters: object[] = []) {
  return {
    operationId,
    summary,
    description: summary,
    tags,
    parameters: [pathParameter('room'), pathParameter('file'), version, ...parameters],
  }
}

function capabilities(operationId: string, parameters: string[]) {
  const summary = 'What the server supports of tus.'
  return {
    operationId: `${operationId}-capabilities`,
    summary,
    description: summary,
    tags,
    security: [],
    parameters: parameters.map(pathParameter),
    responses: { 204: { description: 'See the headers `Tus-…`.' }, ...refused('403', '421', '429', '500', '503') },
  }
}

function creation() {
  const metadata = 'Keys, each with a value in base64: `filename`, `filetype`, `alt`, `asFile`, `key`.'
  return {
    operationId: 'upload-create',
    summary: 'Begins an upload.',
    description: 'The last segment of `Location` is the id of the file.',
    tags,
    parameters: [
      pathParameter('room'),
      version,
      header('Upload-Length', 'The bytes of the file.', { type: 'integer', minimum: 0 }),
      { ...header('Upload-Metadata', metadata, { type: 'string' }), required: false },
      checksum,
    ],
    requestBody: part,
    responses: { 201: progress('It has begun.'), ...refused(...common, '409', '460') },
  }
}

function progress(description: string) {
  return { description: `${description} See \`Upload-Offset\`, \`Upload-Length\` and \`Upload-Expires\`.` }
}

function reading() {
  return {
    operationId: 'file',
    summary: 'A file.',
    description: 'For users who can view its room, and for its uploader before it is sent.',
    tags,
    parameters: [pathParameter('file'), pathParameter('name')],
    responses: {
      200: { description: 'The file.', content: bytes },
      206: { description: 'A part of it.', content: bytes },
      304: { description: 'It has not changed.' },
      416: { description: 'It is shorter.' },
      ...pageRefusals(404, 421, 429, 500, 503),
    },
  }
}
