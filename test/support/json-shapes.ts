/** Checks that a value has only the listed fields. */

/** A number, text, truth value or null; a list of shapes; fields, those that may be missing with a `?`; or what it depends on. */
export type Shape = 'value' | [Shape] | Fields | ((value: unknown) => Shape)
export interface Fields {
  [name: string]: Shape
}

/** Stands for any number of fields whose names are data. */
export const anyName = '*'

export class Shapes {
  /** The path of every field that occurred. */
  readonly met = new Set<string>()

  /** @returns a sentence for each mismatch */
  faultsIn(value: unknown, shape: Shape, path: string): string[] {
    if (typeof shape === 'function') return this.faultsIn(value, shape(value), path)
    if (shape === 'value') return Object(value) === value ? [`${path} is no plain value`] : []
    if (Array.isArray(shape)) {
      if (!Array.isArray(value)) return [`${path} is no list`]
      return value.flatMap((item) => this.faultsIn(item, shape[0], `${path}[]`))
    }
    return this.#faultsInFields(value, shape, path)
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
