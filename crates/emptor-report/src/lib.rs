//! The report of an analysis as one offline HTML file.
