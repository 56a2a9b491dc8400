/** Every text that people read. A missing text in another language is a type error. */
import { lazy } from './lazy.ts'
import { page } from './page.ts'
import { server } from './server.ts'

export const en = { ...page, ...lazy, ...server }
