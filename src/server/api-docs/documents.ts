import { type AsyncApi, asyncApi } from './asyncapi.ts'
import { componentSchemas } from './component-schemas.ts'
import { type OpenApi, openApi } from './openapi.ts'
import { type DocsPage, docsPage } from './page.ts'
import { readProtocol } from './protocol-texts.ts'

/** @param protocol the text of docs/protocol.md @param version of the program */
export function makeDocuments(
  protocol: string,
  version: string,
): { asyncApi: AsyncApi; openApi: OpenApi; page: DocsPage } {
  const texts = readProtocol(protocol)
  const schemas = componentSchemas(texts)
  const [async, open] = [asyncApi(texts, schemas, version), openApi(texts, schemas, version)]
  return { asyncApi: async, openApi: open, page: docsPage(texts, async, open) }
}
