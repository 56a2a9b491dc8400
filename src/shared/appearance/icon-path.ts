import type { IconState } from './server-icon.ts'

/** @param name as `iconNameOf` says it */
export function iconPath(state: IconState, name: string): string {
  return `/icon/${state}/${name}`
}
