import { tabs } from './tabs.js';

tabs((text) => { document.querySelector('output').textContent = text; });
