/** Sends requests and compares each of them, and each response, with the OpenAPI document. */
import { faultIn, openApi } from './strict-schemas.ts'

interface Media {
  schema: { $ref?: string; type?: string }
}

interface Described {
  $ref?: string
  content?: Record<string, Media>
}

interface Operation {
  requestBody?: { required?: boolean; content: Record<string, Media> }
  responses: Record<string, Described>
}

const paths = openApi.paths as unknown as Record<string, Record<string, Operation>>
const responses = openApi.components.responses as Record<string, Described>

export interface Question {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  /** An object is sent as JSON. */
  body?: unknown
}

export interface Recorded {
  status: number
  headers: Headers
  /** Parsed when it is JSON. */
  body: unknown
}

/** `valid` when the request keeps to the document. */
type Kind = 'valid' | 'invalid'

export class HttpRecorder {
  readonly #url: string
  /** What is wrong, each in a line. */
  readonly faults: string[] = []
  /** `POST /api/chat 200` */
  readonly met = new Set<string>()

  constructor(url: string) {
    this.#url = url
  }

  async ask(
    path: string,
    { method = 'GET', headers = {}, body }: Question = {},
    kind: Kind = 'valid',
  ): Promise<Recorded> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const isJson = typeof body === 'object'
    const response = await fetch(this.#url + path, {
      method,
      redirect: 'manual',
      headers: { ...(isJson && { 'content-type': 'application/json' }), ...headers },
      ...(text !== undefined && { body: text as string }),
    })
    const got = await response.text()
    const type = mediaTypeOf(response.headers)
    const parsed = type === 'application/json' ? JSON.parse(got) : got
    const route = routeOf(path, method)
    const operation = paths[route]?.[method.toLowerCase()]
    const name = `${method} ${route} ${response.status}`
    if (!operation) this.faults.push(`${name} is not in the document`)
    else {
      if (kind === 'valid' && body !== undefined) this.#request(operation, name, headers, body)
      this.#response(operation, name, response.status, type, parsed)
    }
    this.met.add(name)
    return { status: response.status, headers: response.headers, body: parsed }
  }

  #request({ requestBody }: Operation, name: string, headers: Record<string, string>, body: unknown): void {
    const type = headers['content-type'] ?? 'application/json'
    const media = requestBody?.content[type]
    if (!media) return void this.faults.push(`${name} takes no ${type}`)
    const fields = type === 'application/json' ? body : Object.fromEntries(new URLSearchParams(String(body)))
    this.#compare(fields, media, `${name}, request`)
  }

  #response({ responses: own }: Operation, name: string, status: number, type: string, body: unknown): void {
    const described = own[status]
    if (!described) return void this.faults.push(`${name} is not in the document`)
    const { content } = described.$ref ? (responses[described.$ref.split('/').at(-1) ?? ''] ?? {}) : described
    if (!content) {
      // What Koa says with a redirect is no body.
      if (body !== '' && !(status >= 300 && status < 400)) this.faults.push(`${name} has a body`)
      return
    }
    const media = content[type]
    if (media) this.#compare(body, media, name)
    else this.faults.push(`${name} has ${type}, which is not in the document`)
  }

  #compare(value: unknown, { schema }: Media, where: string): void {
    const schemaName = schema.$ref?.split('/').at(-1)
    const fault = schemaName
      ? faultIn(value, schemaName)
      : typeof value === schema.type
        ? undefined
        : `is no ${schema.type}`
    if (fault) this.faults.push(`${where}: ${fault}`)
  }
}

function mediaTypeOf(headers: Headers): string {
  return headers.get('content-type')?.split(';')[0] ?? ''
}

/** The path of the document that fits: one without parameters first. */
function routeOf(path: string, method: string): string {
  const [plain = ''] = path.split('?')
  const fits = Object.keys(paths).filter(
    (one) => paths[one]?.[method.toLowerCase()] && new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain),
  )
  return fits.toSorted((one, other) => one.split('{').length - other.split('{').length)[0] ?? plain
}
