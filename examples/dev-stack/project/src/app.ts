import { greeting } from './greeting.js'

const title = document.querySelector('h1')
if (title !== null) title.textContent = greeting('supervised world')
