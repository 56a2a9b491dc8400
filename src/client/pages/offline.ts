import '../../../static/css/signin.css'
import { reloadWhenReachable } from '../offline/wait-for-server.ts'

// At its own address it is not in place of another page.
if (location.pathname !== '/offline') reloadWhenReachable()
