import { showPage } from '../../look/page.tsx';
import { consoleWords } from '../../words/console.ts';
import { App } from './app.tsx';
import './console.css';

void showPage(consoleWords, <App />);
