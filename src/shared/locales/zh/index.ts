import { lazy } from './lazy.ts'
import { page } from './page.ts'
import { server } from './server.ts'

export const zh = { ...page, ...lazy, ...server }
