//! Prints templates one after another into a file.

use super::super::view::Report;
use super::templates;
use serde::Serialize;
use std::io::Write;
use tera::{Context, Tera};

/// The templates, what they can see, and where they are printed to.
pub struct Printer<'a> {
    tera: Tera,
    context: Context,
    out: &'a mut dyn Write,
}

impl<'a> Printer<'a> {
    /// Every template sees the report as `r`, but for the rows of its large tables.
    pub(super) fn new(report: &Report, out: &'a mut dyn Write) -> Result<Self, tera::Error> {
        let mut tera = templates::engine(&report.templates)?;
        tera.global_context().insert("r", report);
        Ok(Self { tera, context: Context::new(), out })
    }

    /// Lets the templates that follow see one more thing.
    pub(super) fn with<T: Serialize>(&mut self, name: &'static str, value: &T) {
        self.context.insert(name, value);
    }

    /// Prints a template.
    pub(super) fn print(&mut self, template: &str) -> Result<(), tera::Error> {
        self.tera.render_to(template, &self.context, &mut *self.out)
    }

    /// A template as text.
    pub(super) fn text(&self, template: &str) -> Result<String, tera::Error> {
        self.tera.render(template, &self.context)
    }

    /// Prints a template once for each page of rows, which it sees as `rows`, with `first` and `last` counted from 1.
    /// Where there is more than one page, `paged` is true.
    pub(super) fn pages<T: Serialize>(&mut self, template: &str, rows: &[T], size: usize) -> Result<(), tera::Error> {
        self.pages_of(template, rows.len(), rows.iter(), size)
    }

    /// The same of so many rows that are made as they are printed.
    pub(super) fn pages_of<T: Serialize>(
        &mut self,
        template: &str,
        count: usize,
        rows: impl Iterator<Item = T>,
        size: usize,
    ) -> Result<(), tera::Error> {
        self.with("paged", &(count > size));
        let (mut rows, mut printed) = (rows.peekable(), 0);
        while rows.peek().is_some() {
            let page: Vec<T> = rows.by_ref().take(size).collect();
            self.with("first", &(printed + 1));
            printed += page.len();
            self.with("last", &printed);
            self.with("rows", &page);
            self.print(template)?;
        }
        self.context.remove("rows");
        Ok(())
    }
}
