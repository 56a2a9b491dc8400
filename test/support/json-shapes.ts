/** Checks that a value has only the listed fields. */

/** A number, text, truth value or null; a list of shapes; fields, those that may be missing with a `?`; one of several; or what it depends on. */
export type Shape = 'value' | [Shape] | Fields | AnyOf | ((value: unknown) => Shape)
export interface Fields {
  [name: string]: Shape
}

/** Stands for any number of fields whose names are data. */
export const anyName = '*'

export class AnyOf {
  readonly options: Shape[]

  constructor(options: Shape[]) {
    this.options = options
  }
}

/** What of a schema is its shape. */
interface Schema {
  type: string
  entries?: Record<string, Schema>
  item?: Schema
  options?: readonly unknown[]
  wrapped?: Schema
  value?: Schema
}

/** The shape of what a schema of Valibot allows. */
export function shapeOf(given: unknown): Shape {
  const { type, entries, item, options = [], wrapped, value } = given as Schema
  if (entries) return Object.fromEntries(Object.entries(entries).map(fieldOf))
  if (type === 'array') return [shapeOf(item)]
  if (type === 'record') return { [anyName]: shapeOf(value) }
  if (wrapped) return shapeOf(wrapped)
  return type === 'union' || type === 'variant' ? new AnyOf(options.map(shapeOf)) : 'value'
}

function fieldOf([name, schema]: [string, Schema]): [string, Shape] {
  return [/optional$/.test(schema.type) ? `${name}?` : name, shapeOf(schema)]
}

export class Shapes {
  /** The path of every field that occurred. */
  readonly met = new Set<string>()

  /** @returns a sentence for each mismatch */
  faultsIn(value: unknown, shape: Shape, path: string): string[] {
    if (shape instanceof AnyOf) return this.#faultsInAny(value, shape, path)
    if (typeof shape === 'function') return this.faultsIn(value, shape(value), path)
    if (shape === 'value') return Object(value) === value ? [`${path} is no plain value`] : []
    if (Array.isArray(shape)) {
      if (!Array.isArray(value)) return [`${path} is no list`]
      return value.flatMap((item) => this.faultsIn(item, shape[0], `${path}[]`))
    }
    return this.#faultsInFields(value, shape, path)
  }

  /** Those of the option that fits best. */
  #faultsInAny(value: unknown, { options }: AnyOf, path: string): string[] {
    const tries = options.map((option) => {
      const shapes = new Shapes()
      return { met: shapes.met, faults: shapes.faultsIn(value, option, path) }
    })
    const [best] = tries.toSorted((one, other) => one.faults.length - other.faults.length)
    for (const path of best?.met ?? []) this.met.add(path)
    return best?.faults ?? []
  }

  #faultsInFields(value: unknown, fields: Fields, path: string): string[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} has no fields`]
    const missing = Object.keys(fields).filter((name) => !/[?*]$/.test(name) && !Object.hasOwn(value, name))
    const faults = missing.map((name) => `${path}.${name} is missing`)
    for (const [name, field] of Object.entries(value)) {
      const known = [name, `${name}?`, anyName].find((one) => Object.hasOwn(fields, one))
      if (known === undefined) faults.push(`${path}.${name} is not on the list`)
      else {
        this.met.add(`${path}.${known}`)
        faults.push(...this.faultsIn(field, fields[known] as Shape, `${path}.${known}`))
      }
    }
    return faults
  }
}
