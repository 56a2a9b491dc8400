/** Files of tests share a document: none begins at the address that another one has left. */
import { afterEach } from 'vitest'

afterEach(() => {
  if (typeof history !== 'undefined') history.replaceState(null, '', '/')
})
