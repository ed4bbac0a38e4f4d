import { showPage } from '../../look/page.tsx';
import { startWords } from '../../words/start.ts';
import { App } from './app.tsx';
import './start.css';

void showPage(startWords, <App />);
