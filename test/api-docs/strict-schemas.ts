/** Validates against the schemas of the documents, and refuses every field that they do not name. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { JsonSchema } from '../../src/server/api-docs/component-schemas.ts'
import { makeDocuments } from '../../src/server/api-docs/documents.ts'
import { root } from '../support/run/sources.ts'

export const { asyncApi, openApi, page } = makeDocuments(readFileSync(join(root, 'docs/protocol.md'), 'utf8'), '1.2.3')

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTuples: false })
ajv.addVocabulary(['components'])
ajv.addSchema({ $id: 'teahouse', components: { schemas: closed(openApi.components.schemas) } })
const validators = new Map<string, ValidateFunction>()

/** @returns what is wrong with a value by the schema of that name, in one line; undefined when it is valid */
export function faultIn(value: unknown, name: string): string | undefined {
  const validate = validators.get(name) ?? ajv.compile({ $ref: `teahouse#/components/schemas/${name}` })
  validators.set(name, validate)
  if (validate(value)) return undefined
  const [error] = validate.errors ?? []
  return `${name}${error?.instancePath} ${error?.message} ${JSON.stringify(error?.params)}: ${JSON.stringify(value)}`
}

/** The schema, with objects that have no other fields than those that it names. */
function closed<Value>(schema: Value): Value {
  if (Array.isArray(schema)) return schema.map(closed) as Value
  if (typeof schema !== 'object' || schema === null) return schema
  const all = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)])) as JsonSchema
  const isOpen = all.additionalProperties !== undefined || typeof all.properties !== 'object' || 'const' in all
  return (isOpen || all.type !== 'object' ? all : { ...all, additionalProperties: false }) as Value
}
