import { showPage } from '../../look/page.tsx';
import { sandboxWords } from '../../words/sandbox.ts';
import { App } from './app.tsx';
import './sandbox.css';

void showPage(sandboxWords, <App />);
