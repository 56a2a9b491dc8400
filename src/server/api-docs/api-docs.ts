/** The documents of the protocol, made when they are first asked for and kept. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { DocsPage } from './page.ts'

export interface ApiDocument {
  text: string
  /** With its quotes. */
  etag: string
}

interface Documents {
  asyncapi: ApiDocument
  openapi: ApiDocument
  page: DocsPage
}

export class ApiDocs {
  readonly #file: string
  readonly #version: string
  #made: Promise<Documents> | undefined

  /** @param file docs/protocol.md @param version of the program */
  constructor(file: string, version: string) {
    this.#file = file
    this.#version = version
  }

  /** @throws Error when the file cannot be read; the next call tries again */
  async get<Name extends keyof Documents>(name: Name): Promise<Documents[Name]> {
    this.#made ??= this.#make()
    try {
      return (await this.#made)[name]
    } catch (error) {
      this.#made = undefined
      throw error
    }
  }

  async #make(): Promise<Documents> {
    // Few servers are ever asked for them: what makes them is loaded only then.
    const { makeDocuments } = await import('./documents.ts')
    const { asyncApi, openApi, page } = makeDocuments(await readFile(this.#file, 'utf8'), this.#version)
    return { asyncapi: documentOf(asyncApi), openapi: documentOf(openApi), page }
  }
}

function documentOf(value: object): ApiDocument {
  const text = JSON.stringify(value)
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` }
}
